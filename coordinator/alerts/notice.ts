import { createHash } from 'node:crypto';
import type { Severity } from '../../common/model/event.js';
import { REASONS, isReasonCode } from '../../common/model/reason.js';
import type { AlertEntry } from './book.js';

/** Why a target is told something. */
export type NoticeState = 'raised' | 'reminder' | 'cleared' | 'test';

/** What a target is told of one alert. Times are unix milliseconds. */
export interface Notice {
  /** Of the alert, in the book. */
  readonly key: string;
  /** The same whenever the same thing is told again, as after a crash in between. */
  readonly id: string;
  readonly state: NoticeState;
  readonly reason: string;
  readonly severity: Severity;
  /** Id of a host, name of a miner; '' for the fleet as a whole. */
  readonly about: string;
  readonly text: string;
  /** What to do about it; '' when nothing is. */
  readonly remedy: string;
  readonly sinceMs: number;
  readonly raisedAtMs: number;
  /** Of those that are over. */
  readonly clearedAtMs?: number;
}

/** A notice as it goes out. */
export type SentNotice = Omit<Notice, 'key'>;

/** What is told of an alert that was told so often. */
export function noticeOf(key: string, entry: AlertEntry, state: NoticeState, times: number): Notice {
  const { reason, about, text, sinceMs, raisedAtMs = entry.seenAtMs, clearedAtMs } = entry;
  const meaning = isReasonCode(reason) ? REASONS[reason] : undefined;
  const place = state === 'reminder' ? `reminder ${String(times)}` : state;
  const id = createHash('sha256')
    .update(`${key}\n${String(raisedAtMs)}\n${place}`)
    .digest('hex')
    .slice(0, 32);
  const over = clearedAtMs === undefined ? {} : { clearedAtMs };
  return {
    ...{ key, id, state, reason, severity: meaning?.severity ?? 'warning', about, text },
    ...{ remedy: meaning?.remedy ?? '', sinceMs, raisedAtMs, ...over },
  };
}

/** What is told to try a target out. */
export function testNotice(nowMs: number): Notice {
  const text = 'A test of where alerts go; nothing is wrong.';
  const entry = { reason: 'alert_test', about: '', text, sinceMs: nowMs, seenAtMs: nowMs, told: {} };
  return noticeOf('alert_test ', entry, 'test', 0);
}

/** Without what is of use in the book alone. */
export function asSent({ key: _key, ...sent }: Notice): SentNotice {
  return sent;
}
