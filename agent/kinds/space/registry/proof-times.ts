import { LEAF_BYTES } from '../format/leaf.js';
import type { RegisteredPlot } from './match-plots.js';

/** What a path takes with a cache, seek times included. */
const CACHED_MS = 500;
/** Of the deadline, what is kept for the path at most. */
const MOST_RESERVED = 0.5;
/** Of a disk of which nothing is known yet, in bytes for each millisecond. */
const SLOW_DISK = 100_000;

/** How long a plot took. */
export interface TimedPlot {
  readonly tookMs: number;
  readonly leafCount: number;
}

/** The last time of each plot. */
export class ProofTimes {
  readonly #plots = new Map<string, TimedPlot>();

  get plots(): ReadonlyMap<string, TimedPlot> {
    return this.#plots;
  }

  note(path: string, time: TimedPlot): void {
    this.#plots.set(path, time);
  }
}

/**
 * What of the deadline is kept for the path after the scan: a pass over the largest plot without a cache, by what its scan took the last time;
 * never more than half of the deadline.
 */
export function pathReserveMs(
  plots: readonly Pick<RegisteredPlot, 'filePath' | 'cacheFilePath' | 'spaceAllocatedBytes'>[],
  times: Pick<ProofTimes, 'plots'>,
  deadlineMs: number,
): number {
  const needs = plots.map(({ filePath, cacheFilePath, spaceAllocatedBytes }) => {
    if (cacheFilePath !== '') return CACHED_MS;
    const time = times.plots.get(filePath);
    const perMs = time === undefined || time.tookMs <= 0 ? SLOW_DISK : (time.leafCount * LEAF_BYTES) / time.tookMs;
    // One thread reads and hashes in turn, where two of them shared the scan; and a node takes as much again as a leaf.
    return CACHED_MS + (2 * spaceAllocatedBytes) / perMs;
  });
  return Math.min(
    MOST_RESERVED * deadlineMs,
    needs.reduce((most, need) => Math.max(most, need), 0),
  );
}
