import type { LeaseLedger, UsableInterval } from '../../../common/model/lease-record.js';

/** Intervals that a ledger lists; of earlier ones it keeps the sum. */
const MOST_INTERVALS = 100;

/**
 * Counts a probe that passed. The time since the one before counts where that is no longer ago than `gapMs`: what nobody looked
 * at for longer, as while the coordinator was away, is not proven and begins a new interval. Pure.
 */
export function withPass(ledger: LeaseLedger, nowMs: number, gapMs: number): LeaseLedger {
  const { open } = ledger;
  if (open === undefined) return { ...ledger, open: { fromMs: nowMs, untilMs: nowMs } };
  if (nowMs - open.untilMs > gapMs) return withPass(closed(ledger), nowMs, gapMs);
  return { ...ledger, open: { ...open, untilMs: Math.max(open.untilMs, nowMs) } };
}

/** Ends the interval that goes on where a probe last proved it: what came after does not count. Pure. */
export function closed(ledger: LeaseLedger): LeaseLedger {
  const { open, ...rest } = ledger;
  if (open === undefined) return ledger;
  const lengthMs = open.untilMs - open.fromMs;
  if (lengthMs === 0) return rest;
  const all: UsableInterval[] = [...rest.intervals, open];
  const intervals = all.slice(-MOST_INTERVALS);
  return {
    closedMs: rest.closedMs + lengthMs,
    intervals,
    folded: rest.folded + all.length - intervals.length,
  };
}
