import { byScore } from './disk-scanner.js';
import type { DiskScanner, FailedPlot, ScanAsk, ScannedLeaf, ScanOutcome } from './disk-scanner.js';
import type { ScanPlot } from './scan-job.js';

/** A disk and the plots on it, by their places among all plots of the host. */
export interface DiskPlots {
  readonly scanner: Pick<DiskScanner, 'scan'>;
  readonly plots: readonly { readonly place: number; readonly plot: ScanPlot }[];
}

/** The best leaf of a disk, by the disk's place in the question. */
export interface DiskBest extends ScannedLeaf {
  readonly disk: number;
}

/** What all disks came to. */
export interface HostOutcome {
  /** The best leaf of each disk that has one, from the best on. */
  readonly bests: readonly DiskBest[];
  /** Of `plots` in all. */
  readonly answered: number;
  readonly plots: number;
  readonly failed: readonly FailedPlot[];
  /** In the order of the disks; times of plots by their places. */
  readonly disks: readonly Pick<ScanOutcome, 'end' | 'tookMs' | 'plotMs'>[];
}

/** Scans all disks at once; each delays itself alone, and none of them longer than the deadline. */
export async function scanDisks(disks: readonly DiskPlots[], ask: Omit<ScanAsk, 'plots'>): Promise<HostOutcome> {
  const outcomes = await Promise.all(
    disks.map(async ({ scanner, plots }, disk) => {
      const outcome = await scanner.scan({ ...ask, plots: plots.map(({ plot }) => plot) });
      const placeOf = (plot: number): number => plots[plot]?.place ?? -1;
      const best = outcome.best && { ...outcome.best, plot: placeOf(outcome.best.plot), disk };
      const failed = outcome.failed.map((one) => ({ ...one, plot: placeOf(one.plot) }));
      return { ...outcome, best, failed, plotMs: new Map([...outcome.plotMs].map(([at, ms]) => [placeOf(at), ms])) };
    }),
  );
  return {
    bests: outcomes.flatMap(({ best }) => best ?? []).sort(byScore),
    answered: outcomes.reduce((sum, { answered }) => sum + answered.length, 0),
    plots: disks.reduce((sum, { plots }) => sum + plots.length, 0),
    failed: outcomes.flatMap(({ failed }) => failed),
    disks: outcomes.map(({ end, tookMs, plotMs }) => ({ end, tookMs, plotMs })),
  };
}
