import type { Alarm } from '../alarms.js';
import { alertKey } from './book.js';
import type { AlertBook, AlertEntry } from './book.js';

/** How alarms become alerts and cease to be. */
export interface FollowTerms {
  readonly raiseAfterMs: number;
  readonly clearAfterMs: number;
}

/** What follows of the alarms that stand now. */
export interface Followed {
  readonly entries: AlertBook['entries'];
  /** Alarms that found no room: they are taken in once others have gone. */
  readonly leftOut: number;
}

/** Alarms that are followed at once: the records of all are written as one document. */
export const MOST_ENTRIES = 1_000;

/**
 * The entries after a look at all alarms that stand: one that lasts is raised, one that was raised and stays away is
 * cleared, and what comes and goes in between changes nothing. Pure.
 */
export function followAlarms(
  entries: AlertBook['entries'],
  alarms: readonly Alarm[],
  nowMs: number,
  terms: FollowTerms,
): Followed {
  const standing = new Map(alarms.map((alarm) => [alertKey(alarm), alarm]));
  const next: Record<string, AlertEntry> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const alarm = standing.get(key);
    const after = alarm === undefined ? withoutAlarm(entry, nowMs, terms) : withAlarm(entry, alarm, nowMs, terms);
    if (after !== undefined) next[key] = after;
    standing.delete(key);
  }
  let room = MOST_ENTRIES - Object.keys(next).length;
  for (const [key, alarm] of standing) {
    if (room <= 0) break;
    const { reason, about, text, sinceMs } = alarm;
    next[key] = withAlarm({ reason, about, text, sinceMs, seenAtMs: nowMs, told: {} }, alarm, nowMs, terms);
    standing.delete(key);
    room -= 1;
  }
  return { entries: next, leftOut: standing.size };
}

/** Milliseconds since then; a clock that was set back begins anew rather than to wait for its past. */
export function elapsedMs(nowMs: number, thenMs: number): number {
  return Math.max(0, nowMs - thenMs);
}

function withAlarm(entry: AlertEntry, alarm: Alarm, nowMs: number, { raiseAfterMs }: FollowTerms): AlertEntry {
  const { goneAtMs: _gone, clearedAtMs, ...rest } = entry;
  const seenAtMs = Math.min(entry.seenAtMs, nowMs);
  const seen = { ...rest, text: alarm.text, seenAtMs };
  // What it was is told as over to some; to them it is another one.
  if (clearedAtMs !== undefined) return { ...seen, sinceMs: alarm.sinceMs, raisedAtMs: nowMs };
  if (entry.raisedAtMs !== undefined || elapsedMs(nowMs, seenAtMs) < raiseAfterMs) return seen;
  return { ...seen, raisedAtMs: nowMs };
}

/** Undefined for one that was never raised. */
function withoutAlarm(entry: AlertEntry, nowMs: number, { clearAfterMs }: FollowTerms): AlertEntry | undefined {
  if (entry.raisedAtMs === undefined) return undefined;
  if (entry.clearedAtMs !== undefined) return entry;
  const goneAtMs = Math.min(entry.goneAtMs ?? nowMs, nowMs);
  const gone = { ...entry, goneAtMs };
  return elapsedMs(nowMs, goneAtMs) < clearAfterMs ? gone : { ...gone, clearedAtMs: nowMs };
}
