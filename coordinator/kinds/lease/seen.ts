import { usableMs } from '../../../common/model/lease-record.js';
import type { LeaseRecord, LeaseSeen, LeaseState } from '../../../common/model/lease-record.js';
import type { LeaseView } from './lease-view.js';

/** How slowly is forgotten how a lease was found: after so long it weighs 1/e (docs/scores.md). */
const MEMORY_MS = 7 * 86_400_000;
/** Doubt that goes on is counted so often. */
const DOUBT_STEP_MS = 60_000;

/**
 * Counts for how long a lease could be used and for how long it could not, once it has been ready, given how it was before a plan
 * and is after it. Usable is what its ledger says. Doubtful is the time while it is suspect, as far as somebody looked at it
 * (not while the coordinator was away) and it was not one of so many that the fault is nearer. Pure.
 */
export function withSeen(
  before: LeaseRecord,
  after: LeaseRecord,
  how: Pick<LeaseView, 'nowMs' | 'braked' | 'rules'>,
): LeaseRecord {
  const { nowMs, braked, rules } = how;
  const known = before.seen ?? { usableMs: 0, doubtfulMs: 0, atMs: nowMs };
  const seen = faded(known, nowMs);
  const gained = usableMs(after.ledger) - usableMs(before.ledger);
  if (gained > 0) return { ...after, seen: { ...seen, usableMs: seen.usableMs + gained } };
  const sinceMs = nowMs - known.atMs;
  if (!isDue(before.state, after.state, sinceMs)) return after;
  const counts = before.state === 'suspect' && !braked && sinceMs <= rules.probeGapMs;
  return { ...after, seen: { ...seen, doubtfulMs: seen.doubtfulMs + (counts ? sinceMs : 0) } };
}

/** Where doubt begins, at each step of it, and where it ends. */
function isDue(before: LeaseState, after: LeaseState, sinceMs: number): boolean {
  const [was, is] = [before === 'suspect', after === 'suspect'];
  return was === is ? is && sinceMs >= DOUBT_STEP_MS : true;
}

function faded({ usableMs: usable, doubtfulMs, atMs }: LeaseSeen, nowMs: number): LeaseSeen {
  const left = Math.exp(-Math.max(0, nowMs - atMs) / MEMORY_MS);
  return { usableMs: usable * left, doubtfulMs: doubtfulMs * left, atMs: nowMs };
}
