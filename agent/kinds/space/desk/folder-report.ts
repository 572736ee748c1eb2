import { dirname } from 'node:path';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { FolderState, RegisteredPlot } from '../registry/match-plots.js';
import { isOver } from './job-file.js';
import type { FolderProbe } from './probe-folder.js';
import type { PlotJob } from './plot-word.js';

const GIB = 2 ** 30;

/** What is known of a host's plots. */
export interface KnownPlots {
  readonly folders: readonly FolderState[];
  readonly plots: readonly RegisteredPlot[];
  readonly jobs: readonly PlotJob[];
}

/** Folders as the coordinator is told of them; `probes` are in the order of the folders. Pure. */
export function reportFolders(
  { folders, plots, jobs }: KnownPlots,
  probes: readonly FolderProbe[],
  keepFreeBytes: number,
): readonly ReportedPlotFolder[] {
  return folders.map(({ folder, realPath, status, disk }, at) => {
    const { freeBytes, diskClass } = probes[at] ?? { freeBytes: 0, diskClass: '' };
    const own = plots.filter((plot) => plot.status === 'Valid' && dirname(plot.filePath) === folder);
    const room = status === 'well' ? freeBytes - keepFreeBytes - promisedBytes(folders, jobs, disk) : 0;
    return {
      ...(realPath !== undefined && { realPath }),
      ...{ path: folder, status, disk: disk ?? '', diskClass: status === 'well' ? diskClass : '' },
      // Whole ones, so that not every byte that is written is news.
      roomBytes: Math.max(0, Math.floor(room / GIB)) * GIB,
      plots: own.length,
      plotBytes: own.reduce((sum, { spaceAllocatedBytes }) => sum + spaceAllocatedBytes, 0),
    };
  });
}

/** Bytes that jobs on a disk will still take. */
export function promisedBytes(
  folders: readonly FolderState[],
  jobs: readonly PlotJob[],
  disk: string | undefined,
): number {
  const own = new Set(folders.filter((one) => one.disk === disk).map(({ folder }) => folder));
  return jobs
    .filter((job) => job.kind === 'make' && !isOver(job) && own.has(dirname(job.path)))
    .reduce((sum, { totalBytes, doneBytes }) => sum + totalBytes - doneBytes, 0);
}
