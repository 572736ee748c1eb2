import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { FolderState, RegisteredPlot } from '../registry/match-plots.js';
import type { FolderView, PlotView } from './plot-word.js';

const STATUS = { Valid: 'valid', Corrupted: 'damaged', Missing: 'missing' } as const;

/** A plot as it is told. */
export function plotView(plot: RegisteredPlot): PlotView {
  const { header, problem } = plot;
  const createdAtMs = Date.parse(plot.createdAtUtc);
  return {
    ...{ id: plot.plotId, path: plot.filePath, status: STATUS[plot.status], disk: plot.disk },
    ...{ reason: problem?.reason ?? '', text: problem?.message ?? '' },
    ...{ sizeBytes: plot.spaceAllocatedBytes, leafCount: header?.leafCount ?? 0, cachePath: plot.cacheFilePath },
    ...{ merkleRoot: header?.merkleRoot.toString('hex') ?? '', plotSeed: header?.plotSeed.toString('hex') ?? '' },
    createdAtMs: Number.isNaN(createdAtMs) ? 0 : createdAtMs,
  };
}

/** A folder as it is told, with what is reported of it. */
export function folderView({ problem }: FolderState, reported: ReportedPlotFolder, freeBytes: number): FolderView {
  return { ...reported, reason: problem?.reason ?? '', text: problem?.message ?? '', freeBytes };
}
