import { isDeepStrictEqual } from 'node:util';
import type { LeaseEntry, LeaseHolder } from './lease-entry.js';
import type { LeaseTimes } from './lease-terms.js';

/** Why somebody leads no more. */
export type LossReason = 'lapsed' | 'taken' | 'stepped_down' | 'thread_lost';

/** What became of a write: the revision that it was stored as, refused for another stands there, or nobody knows. */
export type WriteOutcome = { readonly revision: number } | 'conflict' | 'unknown';

/** Where a coordinator stands; times are of its boot clock. */
export type Standing =
  | { readonly role: 'follower'; readonly seen: Seen | undefined }
  | { readonly role: 'candidate'; readonly seen: Seen }
  | {
      readonly role: 'leader';
      readonly revision: number;
      readonly heldUntilMs: number;
      readonly renewAtMs: number;
      /** Whether it is unknown what stands there now: nothing is written before that was read. */
      readonly isUnsure: boolean;
    }
  | {
      readonly role: 'lost';
      readonly why: LossReason;
      readonly seen: Seen | undefined;
      /** Of its own last entry, as far as is known. */
      readonly revision: number;
    };

/** An entry, and since when it has been the same. */
export interface Seen {
  readonly entry: LeaseEntry;
  readonly sinceMs: number;
}

/** One coordinator in the contest for leadership, as it knows itself. */
export interface Contender {
  readonly standing: Standing;
  /** Its last writes by number, and when each was sent. */
  readonly sent: readonly { readonly attempt: number; readonly atMs: number }[];
  readonly attempts: number;
  /** When the entry is to be read again. */
  readonly readDueMs: number;
  /** Until then it does not stand. */
  readonly restUntilMs: number;
}

/** What is to be done next. */
export type LeaseStep =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly revision: number }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'end' };

/** Who is meant, and by which times. */
export interface ContenderTerms {
  readonly id: string;
  /** Whether it is not to lead: it looks on. */
  readonly isHindered?: boolean;
  /** Whether what would act for it gives no sign of life: it takes nothing, and lets run out what it holds. */
  readonly isHung?: boolean;
  readonly times: LeaseTimes;
}

/** Answers that come so late that this many writes were sent since tell nothing any more. */
const MOST_SENT = 16;

/**
 * A contender that knows nothing yet, or that has lost; `restMs` long it lets others go first. What it wrote before counts
 * no more: that it leads again is for a new write to prove.
 */
export function contender(nowMs: number, before?: Contender, restMs = 0): Contender {
  const seen = before?.standing.role === 'lost' ? before.standing.seen : undefined;
  const standing: Standing = { role: 'follower', seen };
  const attempts = before?.attempts ?? 0;
  return { standing, sent: [], attempts, readDueMs: nowMs, restUntilMs: nowMs + restMs };
}

/** Whether it may act as leader at this moment. */
export function isHeld({ standing }: Contender, nowMs: number): boolean {
  return standing.role === 'leader' && nowMs < standing.heldUntilMs;
}

/** Leader → Lost, once the lease may have ended: a renewal that comes through later does not bring it back. */
export function lapsed(one: Contender, nowMs: number): Contender {
  return one.standing.role === 'leader' && nowMs >= one.standing.heldUntilMs ? lost(one, 'lapsed') : one;
}

/** Leader → Lost, by its own will. */
export function steppedDown(one: Contender): Contender {
  return one.standing.role === 'leader' ? lost(one, 'stepped_down') : one;
}

/** What to do at this moment. */
export function nextStep(one: Contender, nowMs: number, terms: ContenderTerms): LeaseStep {
  const { standing, readDueMs, restUntilMs } = one;
  if (standing.role === 'lost') return { kind: 'end' };
  if (standing.role === 'leader') {
    const { revision, heldUntilMs, renewAtMs, isUnsure } = standing;
    if (terms.isHung === true) return { kind: 'wait', untilMs: heldUntilMs };
    const dueMs = isUnsure ? readDueMs : renewAtMs;
    if (nowMs < dueMs) return { kind: 'wait', untilMs: Math.min(dueMs, heldUntilMs) };
    return isUnsure ? { kind: 'read' } : { kind: 'write', revision };
  }
  if (nowMs >= readDueMs) return { kind: 'read' };
  const { seen } = standing;
  if (seen === undefined || standing.role === 'candidate') return { kind: 'wait', untilMs: readDueMs };
  const takeAtMs = Math.max(restUntilMs, freeAtMs(seen, terms), mayWriteAtMs(one, terms));
  if (nowMs >= takeAtMs) return { kind: 'write', revision: seen.entry.revision };
  return { kind: 'wait', untilMs: Math.min(readDueMs, takeAtMs) };
}

/** Follower → Candidate, or a leader that renews: a write with the number `attempts` leaves now. */
export function sending(one: Contender, nowMs: number): Contender {
  const { standing } = one;
  const attempts = one.attempts + 1;
  const sent = [...one.sent, { attempt: attempts, atMs: nowMs }].slice(-MOST_SENT);
  const isCandidate = standing.role === 'follower' && standing.seen !== undefined;
  const next: Standing = isCandidate ? { role: 'candidate', seen: standing.seen } : standing;
  return { ...one, standing: next, sent, attempts };
}

/** Takes in what became of the write with that number. */
export function settled(
  one: Contender,
  { attempt, outcome }: { readonly attempt: number; readonly outcome: WriteOutcome },
  nowMs: number,
  terms: ContenderTerms,
): Contender {
  // A conflict may come of an own earlier write whose answer was lost, so that only reading tells who holds.
  const toRead = { ...lapsed(one, nowMs), readDueMs: nowMs };
  const next =
    typeof outcome === 'object' ? confirmed(toRead, { attempt, revision: outcome.revision }, nowMs, terms) : toRead;
  const { standing } = next;
  if (standing.role === 'candidate') return { ...next, standing: { role: 'follower', seen: standing.seen } };
  if (standing.role !== 'leader' || typeof outcome === 'object') return next;
  return { ...next, standing: { ...standing, isUnsure: true } };
}

/** Takes in an entry that was read, or told of by a watch, just now. */
export function observed(before: Contender, entry: LeaseEntry, nowMs: number, terms: ContenderTerms): Contender {
  const one = lapsed(before, nowMs);
  const { standing } = one;
  const next = { ...one, readDueMs: nowMs + terms.times.renewMs };
  const isOwn = isBy(entry, terms);
  if (standing.role === 'lost') return one;
  if (standing.role === 'leader') {
    // Told late: what is known is newer.
    if (entry.revision < standing.revision) return unread(one, nowMs, terms);
    if (!isOwn) return lost(next, 'taken', { entry, sinceMs: nowMs });
    return confirmed(next, { attempt: attemptOf(entry), revision: entry.revision }, nowMs, terms);
  }
  if (isOwn) {
    const won = confirmed(next, { attempt: attemptOf(entry), revision: entry.revision }, nowMs, terms);
    if (won.standing.role === 'leader') return won;
  }
  const { seen: known } = standing;
  const seen = known !== undefined && isSame(known.entry, entry) ? known : { entry, sinceMs: nowMs };
  return { ...next, standing: { ...standing, seen } };
}

/** Whether it is the very same write: servers that have lost the last ones give their revisions to others. */
function isSame(one: LeaseEntry, other: LeaseEntry): boolean {
  return one.revision === other.revision && isDeepStrictEqual(one.value, other.value);
}

/** A read has failed. */
export function unread(one: Contender, nowMs: number, { times }: ContenderTerms): Contender {
  return { ...one, readDueMs: nowMs + times.retryMs };
}

/** Who leads as far as is known. */
export function holderOf({ standing }: Contender): LeaseHolder | undefined {
  const value = standing.role === 'leader' ? undefined : standing.seen?.entry.value;
  return value === 'released' ? undefined : value;
}

/** The revision at which its own last entry stands, as far as is known, once it leads no more; undefined where none is known. */
export function releasable({ standing }: Contender, terms: ContenderTerms): number | undefined {
  if (standing.role === 'lost')
    return standing.seen === undefined && standing.revision > 0 ? standing.revision : undefined;
  const seen = standing.role === 'leader' ? undefined : standing.seen?.entry;
  return seen !== undefined && isBy(seen, terms) ? seen.revision : undefined;
}

/** → Leader, or a leader for longer: what was stored holds from when it was sent. */
function confirmed(
  one: Contender,
  { attempt, revision }: { readonly attempt: number; readonly revision: number },
  nowMs: number,
  terms: ContenderTerms,
): Contender {
  const { standing } = one;
  const { times } = terms;
  const sentAtMs = one.sent.find((write) => write.attempt === attempt)?.atMs ?? -Infinity;
  const heldUntilMs = sentAtMs + times.holdMs;
  if (standing.role === 'leader') {
    if (revision < standing.revision) return one;
    const isNews = revision > standing.revision;
    // What stands is the last renewal but one: the last did not come through, and is sent again.
    const renewAtMs = isNews ? sentAtMs + times.renewMs : Math.max(standing.renewAtMs, mayWriteAtMs(one, terms));
    const until = Math.max(standing.heldUntilMs, heldUntilMs);
    return { ...one, standing: { ...standing, revision, heldUntilMs: until, renewAtMs, isUnsure: false } };
  }
  if (standing.role === 'lost' || nowMs >= heldUntilMs) return one;
  const renewAtMs = sentAtMs + times.renewMs;
  return { ...one, standing: { role: 'leader', revision, heldUntilMs, renewAtMs, isUnsure: false } };
}

/** For whoever may stand, what its holder gave back is free at once, and so is what this coordinator itself holds no more; the rest once it has not changed. */
function freeAtMs({ entry, sinceMs }: Seen, terms: ContenderTerms): number {
  if (terms.isHindered === true || terms.isHung === true) return Infinity;
  if (entry.value === 'released' || isBy(entry, terms)) return -Infinity;
  return sinceMs + terms.times.waitMs;
}

/** What fails at once is not tried again and again. */
function mayWriteAtMs({ sent }: Contender, { times }: ContenderTerms): number {
  return (sent.at(-1)?.atMs ?? -Infinity) + times.retryMs;
}

function isBy({ value }: LeaseEntry, { id }: ContenderTerms): boolean {
  return value !== undefined && value !== 'released' && value.id === id;
}

function attemptOf({ value }: LeaseEntry): number {
  return value === undefined || value === 'released' ? -1 : value.attempt;
}

function lost(one: Contender, why: LossReason, seen?: Seen): Contender {
  const revision = one.standing.role === 'leader' ? one.standing.revision : 0;
  return { ...one, standing: { role: 'lost', why, seen, revision } };
}
