import type { AlertBook, AlertEntry, TargetTrouble } from './book.js';
import { elapsedMs } from './follow.js';
import { noticeOf } from './notice.js';
import type { Notice, NoticeState } from './notice.js';

/** What is to be done next, and why. */
export type AlertStep =
  /** Tells a target; the reason is of the first notice. */
  | {
      readonly kind: 'tell';
      readonly target: string;
      readonly notices: readonly Notice[];
      readonly reason: NoticeState;
    }
  /** Leaves a target alone for a while. */
  | { readonly kind: 'wait'; readonly target: string; readonly untilMs: number; readonly reason: 'backing_off' }
  /** Follows an alert no more. */
  | { readonly kind: 'forget'; readonly key: string; readonly reason: 'told' | 'too_old' };

/** That a target is told. */
export type Telling = Extract<AlertStep, { kind: 'tell' }>;

/** What became of telling a target. */
export type Delivery =
  /** The text tells what was taken in part alone. */
  | { readonly kind: 'taken'; readonly text?: string }
  /** The reason is a code of common/model/reason.ts. */
  | { readonly kind: 'failed'; readonly reason: string; readonly text: string };

/** Notices that a target is told at once; the rest follows. */
const MOST_NOTICES = 100;
const DAY_MS = 86_400_000;
/** Between two reminders, at the most. */
const LONGEST_REMINDER_MS = 7 * DAY_MS;
/** That something is over is told no more after this time. */
const STALE_MS = 7 * DAY_MS;
/** After a target's first failure; doubled with each further one. */
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 30 * 60_000;

/**
 * What is to be told to whom now, by what was told before: each target once that an alert is raised, once that it is over,
 * and in between reminders that become rarer. Pure.
 */
export function planAlerts(
  { entries, troubles }: AlertBook,
  targets: readonly string[],
  nowMs: number,
  remindAfterMs: number,
): AlertStep[] {
  const all = Object.entries(entries);
  const steps = all.flatMap(([key, entry]): AlertStep[] => {
    const why = whyForget(entry, targets, nowMs);
    return why === undefined ? [] : [{ kind: 'forget', key, reason: why }];
  });
  for (const target of targets) {
    const notices = all.flatMap(([key, entry]) => {
      const state = dueOf(entry, target, nowMs, remindAfterMs);
      return state === undefined ? [] : [noticeOf(key, entry, state, entry.told[target]?.times ?? 0)];
    });
    const [first] = notices;
    if (first === undefined) continue;
    const untilMs = waitsUntil(troubles[target], nowMs);
    if (untilMs !== undefined) steps.push({ kind: 'wait', target, untilMs, reason: 'backing_off' });
    else steps.push({ kind: 'tell', target, notices: notices.slice(0, MOST_NOTICES), reason: first.state });
  }
  return steps;
}

/** Deliveries that are kept. */
const MOST_DELIVERIES = 20;

/** The book after a target was told, or was not to be reached. Pure. */
export function withDelivery(
  before: AlertBook,
  { target, notices }: Pick<Telling, 'target' | 'notices'>,
  delivery: Delivery,
  nowMs: number,
): AlertBook {
  const { reason: why, text = '' } = { reason: '', ...delivery };
  const kept = { target, atMs: nowMs, alerts: notices.length, reason: why, text };
  const book = { ...before, deliveries: [...(before.deliveries ?? []), kept].slice(-MOST_DELIVERIES) };
  const { [target]: trouble, ...others } = book.troubles;
  if (delivery.kind === 'failed') {
    const failures = (trouble?.failures ?? 0) + 1;
    const nextAtMs = nowMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
    const { reason, text } = delivery;
    return { ...book, troubles: { ...others, [target]: { failures, nextAtMs, reason, text } } };
  }
  const entries = { ...book.entries };
  for (const { key, state } of notices) {
    const entry = entries[key];
    if (entry === undefined) continue;
    const times = state === 'reminder' ? (entry.told[target]?.times ?? 0) + 1 : 1;
    const told = { state: state === 'cleared' ? state : ('raised' as const), atMs: nowMs, times };
    entries[key] = { ...entry, told: { ...entry.told, [target]: told } };
  }
  return { ...book, entries, troubles: others };
}

function dueOf(
  { raisedAtMs, goneAtMs, clearedAtMs, told }: AlertEntry,
  target: string,
  nowMs: number,
  remindAfterMs: number,
): NoticeState | undefined {
  if (raisedAtMs === undefined) return undefined;
  const last = told[target];
  if (clearedAtMs !== undefined) return last?.state === 'cleared' ? undefined : 'cleared';
  if (last?.state !== 'raised') return 'raised';
  // It may be over.
  if (goneAtMs !== undefined) return undefined;
  const afterMs = Math.min(LONGEST_REMINDER_MS, remindAfterMs * 2 ** Math.min(last.times - 1, 20));
  return elapsedMs(nowMs, last.atMs) >= afterMs ? 'reminder' : undefined;
}

function whyForget(
  { clearedAtMs, told }: AlertEntry,
  targets: readonly string[],
  nowMs: number,
): 'told' | 'too_old' | undefined {
  if (clearedAtMs === undefined) return undefined;
  if (targets.every((target) => told[target]?.state === 'cleared')) return 'told';
  return elapsedMs(nowMs, clearedAtMs) > STALE_MS ? 'too_old' : undefined;
}

/** Undefined for a target that may be told now; a clock that was set back holds nobody up for long. */
function waitsUntil(trouble: TargetTrouble | undefined, nowMs: number): number | undefined {
  if (trouble === undefined || trouble.nextAtMs <= nowMs) return undefined;
  return trouble.nextAtMs - nowMs > LONGEST_RETRY_MS ? undefined : trouble.nextAtMs;
}
