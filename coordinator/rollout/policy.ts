/** How many of `replicas` may be unavailable at once while instances are replaced: a quarter, at least one. */
export function maxUnavailable(replicas: number): number {
  return Math.max(1, Math.floor(replicas / 4));
}

/** How many instances beyond `replicas` there may be while a host is drained: a tenth, from one to ten. */
export function drainSurge(replicas: number): number {
  return Math.min(10, Math.max(1, Math.floor(replicas / 10)));
}

/** Ended instances kept for each miner, for their reasons and logs. */
export const KEPT_ENDED = 10;

/** Longest time an ended instance is kept, in milliseconds. */
export const KEEP_ENDED_MS = 24 * 3_600_000;

/** A run of at least this many milliseconds is no part of a series of failures. */
const STABLE_RUN_MS = 600_000;

/** Failures further apart than this many milliseconds are not of one series. */
export const SERIES_MS = 3_600_000;

/** Whether an instance failed before it had run for a while. */
export function isShortLived(ended: { readonly startedAtMs: number; readonly changedAtMs: number }): boolean {
  return ended.startedAtMs === 0 || ended.changedAtMs - ended.startedAtMs < STABLE_RUN_MS;
}

/**
 * Milliseconds from a failure to its replacement. Grows with the time that the series of failures has lasted, so that
 * any number of replicas failing together count once. 100 points of priority shift it by the square root of two: higher
 * priority tries again sooner, and keeps trying often for longer. Priority 500: from 2 s, doubling, to 5 min; 900: from
 * 0.5 s to 75 s; 100: from 8 s to 20 min.
 */
export function retryDelayMs(priority: number, failingForMs: number): number {
  const scale = 2 ** ((500 - priority) / 200);
  return Math.round(scale * Math.min(300_000, Math.max(2000, failingForMs)));
}
