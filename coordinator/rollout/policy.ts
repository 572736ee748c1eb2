import { jitterOf } from '../../common/model/jitter.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { CountOrPercent } from '../../common/model/rollout.js';

/** How many of `wanted` instances may be missing, and how many there may be beyond, while they are replaced. */
export interface UpdateBounds {
  readonly unavailable: number;
  readonly surge: number;
}

/**
 * The bounds of an update policy in instances: unavailable ones rounded down, surge rounded up. No identity is ever made
 * before it is broken, whatever the policy says, and where both come to nothing one may be unavailable.
 */
export function updateBounds({ update, identity }: MinerSpec, wanted: number): UpdateBounds {
  const surge = identity === '' ? amountOf(update.maxSurge, wanted, Math.ceil) : 0;
  const unavailable = amountOf(update.maxUnavailable, wanted, Math.floor);
  return { surge, unavailable: surge === 0 ? Math.max(1, unavailable) : unavailable };
}

function amountOf({ kind, value }: CountOrPercent, wanted: number, round: (amount: number) => number): number {
  return Math.min(wanted, kind === 'count' ? value : round((wanted * value) / 100));
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
 * 0.5 s to 75 s; 100: from 8 s to 20 min. Up to a quarter is added by the serial of what failed, so that many that failed
 * together do not come back together.
 */
export function retryDelayMs(priority: number, failingForMs: number, serial: number): number {
  const scale = 2 ** ((500 - priority) / 200);
  return Math.round(scale * Math.min(300_000, Math.max(2000, failingForMs)) * (1 + jitterOf(serial) / 4));
}
