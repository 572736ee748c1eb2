import { CLOCK_DRIFT } from '../../common/model/host-lease.js';

/** The boot clock reads whole hundredths of a second: one reading may be that much late, another that much early. */
const CLOCK_GRAIN_MS = 20;
/** Of the lease, which its holder leaves unused at the end. */
const MARGIN_SHARE = 0.05;
const LEAST_MARGIN_MS = 100;

/** Times of a lease of leadership, in milliseconds of the boot clock of whoever counts them. */
export interface LeaseTimes {
  /** From the sending of a renewal that was stored, for which its holder may lead. */
  readonly holdMs: number;
  /** From seeing an entry, after which another may take the lease if the entry is still the same. */
  readonly waitMs: number;
  /** From the sending of one renewal to that of the next. */
  readonly renewMs: number;
  /** Between two tries of what has failed. */
  readonly retryMs: number;
  /** Longest wait for an answer. */
  readonly answerMs: number;
}

/**
 * The times that follow from the length of the lease. The holder counts from before its renewal is stored, and others from
 * after they have seen it stored, so that `holdMs` is over first by at least the margin, whatever the network delays and
 * however the two clocks drift.
 */
export function leaseTimes(ttlMs: number): LeaseTimes {
  const marginMs = Math.max(LEAST_MARGIN_MS, ttlMs * MARGIN_SHARE);
  return {
    holdMs: Math.floor(ttlMs * (1 - CLOCK_DRIFT) - marginMs),
    waitMs: Math.ceil(ttlMs * (1 + CLOCK_DRIFT)) + CLOCK_GRAIN_MS,
    renewMs: ttlMs / 3,
    retryMs: ttlMs / 12,
    answerMs: ttlMs / 3,
  };
}

/** As long as the watchdog of systemd waits, in milliseconds. */
const LEAST_HUNG_MS = 30_000;
const HUNG_LEASES = 3;

/**
 * How long a coordinator may give no sign of life and still have its lease renewed, in milliseconds. Ordinary work must never take so
 * long, or a busy leader is taken for a hung one; whoever really hangs is not ended by its service manager before, either.
 */
export function hungAfterMs(ttlMs: number): number {
  return Math.max(LEAST_HUNG_MS, HUNG_LEASES * ttlMs);
}
