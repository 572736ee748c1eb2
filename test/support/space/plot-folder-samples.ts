import type { ReportedPlotFolder } from '../../../common/model/plot-folder.js';

const GIB = 2 ** 30;

/** A well folder of plots, with two of them on a disk of its own; sizes in GiB. */
export function plotFolder(
  path: string,
  {
    room = 100,
    held = 20,
    ...rest
  }: Partial<ReportedPlotFolder> & { readonly room?: number; readonly held?: number } = {},
): ReportedPlotFolder {
  const sizes = { roomBytes: room * GIB, plots: held > 0 ? 2 : 0, plotBytes: held * GIB };
  return { path, status: 'well', disk: path, diskClass: 'hdd', ...sizes, ...rest };
}
