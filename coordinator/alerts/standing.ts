import { REASONS, isReasonCode } from '../../common/model/reason.js';
import type { Severity } from '../../common/model/event.js';
import type { Alarm } from '../alarms.js';
import { alertKey } from './book.js';
import type { AlertBook, AlertEntry, DeliveryRecord } from './book.js';
import type { AlertTarget } from './target.js';

/** How far an alert has come: seen for too short a time, told, gone for too short a time, or told as over. */
export type AlertState = 'waiting' | 'raised' | 'ending' | 'cleared';

/** One alert as it stands; times are unix milliseconds, 0 for not yet. */
export interface StandingAlert {
  readonly reason: string;
  readonly about: string;
  readonly text: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly sinceMs: number;
  readonly raisedAtMs: number;
  readonly clearedAtMs: number;
  /** Names of the targets that were told last what holds now. */
  readonly told: readonly string[];
}

/** A target and how it goes with it. */
export interface StandingTarget {
  readonly name: string;
  readonly where: string;
  /** In a row; 0 for one that is well. */
  readonly failures: number;
  /** When it is tried again, unix milliseconds; 0 for one that is well. */
  readonly nextAtMs: number;
  readonly reason: string;
  readonly text: string;
}

/** Alerts, who is told of them, and what they were told last. */
export interface AlertsStanding {
  readonly alerts: readonly StandingAlert[];
  readonly targets: readonly StandingTarget[];
  /** The newest first. */
  readonly deliveries: readonly DeliveryRecord[];
}

/** How alerts stand, by what was kept of them and the alarms of now; those that wait for nobody to be told are among them. Pure. */
export function alertsStanding(
  book: AlertBook,
  alarms: readonly Alarm[],
  targets: readonly Pick<AlertTarget, 'name' | 'where'>[],
): AlertsStanding {
  const unfollowed = alarms.filter((alarm) => book.entries[alertKey(alarm)] === undefined);
  const alerts = [
    ...Object.values(book.entries).map(alertOf),
    ...unfollowed.map(({ reason, about, text, sinceMs }) =>
      alertOf({ reason, about, text, sinceMs, seenAtMs: sinceMs, told: {} }),
    ),
  ];
  return {
    alerts: alerts.sort((a, b) => a.sinceMs - b.sinceMs || (alertKey(a) < alertKey(b) ? -1 : 1)),
    targets: targets.map(({ name, where }) => {
      const { failures = 0, nextAtMs = 0, reason = '', text = '' } = book.troubles[name] ?? {};
      return { name, where, failures, nextAtMs, reason, text };
    }),
    deliveries: [...(book.deliveries ?? [])].reverse(),
  };
}

function alertOf(entry: AlertEntry): StandingAlert {
  const { reason, about, text, sinceMs, raisedAtMs = 0, clearedAtMs = 0 } = entry;
  const state = stateOf(entry);
  const told = Object.entries(entry.told).filter(([, last]) => last.state === (state === 'cleared' ? state : 'raised'));
  const severity = isReasonCode(reason) ? REASONS[reason].severity : 'warning';
  return { reason, about, text, severity, state, sinceMs, raisedAtMs, clearedAtMs, told: told.map(([name]) => name) };
}

function stateOf({ raisedAtMs, goneAtMs, clearedAtMs }: AlertEntry): AlertState {
  if (raisedAtMs === undefined) return 'waiting';
  if (clearedAtMs !== undefined) return 'cleared';
  return goneAtMs === undefined ? 'raised' : 'ending';
}
