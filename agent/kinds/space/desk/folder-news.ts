import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../../../common/model/clock.js';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { PlotRegistry } from '../registry/plot-registry.js';
import { reportFolders } from './folder-report.js';
import type { FolderProbes } from './probe-folder.js';
import type { PlotJobs } from './plot-jobs.js';

/** What news of folders come from. */
export interface FolderNewsParts {
  readonly registry: Pick<PlotRegistry, 'folders' | 'plots'>;
  readonly jobs: Pick<PlotJobs, 'all'>;
  readonly probes: Pick<FolderProbes, 'of'>;
  readonly keepFreeBytes: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly tell: (folders: readonly ReportedPlotFolder[]) => void;
}

const LOOK_EVERY_MS = 2000;

/** Tells of the folders of a host, at first and whenever something of them is other than it was, until the signal. */
export async function tellFolders(parts: FolderNewsParts, signal: AbortSignal): Promise<void> {
  const { registry, jobs, probes, keepFreeBytes, clock, tell } = parts;
  let told: readonly ReportedPlotFolder[] | undefined;
  while (!signal.aborted) {
    const { folders, plots } = registry;
    const found = await Promise.all(folders.map(({ folder }) => probes.of(folder)));
    const report = reportFolders({ folders, plots, jobs: jobs.all }, found, keepFreeBytes);
    if (!isDeepStrictEqual(report, told)) tell(report);
    told = report;
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}
