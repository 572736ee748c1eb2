import { better } from './disk-scanner.js';
import type { DiskScanner, FailedPlot, ScanAsk, ScannedLeaf, ScanOutcome } from './disk-scanner.js';
import type { ScanPlot } from './scan-job.js';

/** A disk and the plots on it, by their places among all plots of the host. */
export interface DiskPlots {
  readonly scanner: Pick<DiskScanner, 'scan'>;
  readonly plots: readonly { readonly place: number; readonly plot: ScanPlot }[];
}

/** What all disks came to. */
export interface HostOutcome {
  readonly best: ScannedLeaf | undefined;
  /** Of `plots` in all. */
  readonly answered: number;
  readonly plots: number;
  readonly failed: readonly FailedPlot[];
  /** In the order of the disks. */
  readonly disks: readonly Pick<ScanOutcome, 'end' | 'tookMs'>[];
}

/** Scans all disks at once; each delays itself alone, and none of them longer than the deadline. */
export async function scanDisks(disks: readonly DiskPlots[], ask: Omit<ScanAsk, 'plots'>): Promise<HostOutcome> {
  const outcomes = await Promise.all(
    disks.map(async ({ scanner, plots }) => {
      const outcome = await scanner.scan({ ...ask, plots: plots.map(({ plot }) => plot) });
      const placed = <T extends { readonly plot: number }>(one: T): T => ({
        ...one,
        plot: plots[one.plot]?.place ?? -1,
      });
      return { ...outcome, best: outcome.best && placed(outcome.best), failed: outcome.failed.map(placed) };
    }),
  );
  return {
    best: outcomes.reduce<ScannedLeaf | undefined>(
      (best, one) => (one.best ? better(best, one.best) : best),
      undefined,
    ),
    answered: outcomes.reduce((sum, { answered }) => sum + answered.length, 0),
    plots: disks.reduce((sum, { plots }) => sum + plots.length, 0),
    failed: outcomes.flatMap(({ failed }) => failed),
    disks: outcomes.map(({ end, tookMs }) => ({ end, tookMs })),
  };
}
