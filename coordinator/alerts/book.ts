/** What a target was told of an alert last. */
export interface Told {
  readonly state: 'raised' | 'cleared';
  /** Unix milliseconds. */
  readonly atMs: number;
  /** How often it was told of what lasts, reminders included. */
  readonly times: number;
}

/** An alarm as it is followed. Times are unix milliseconds. */
export interface AlertEntry {
  readonly reason: string;
  readonly about: string;
  readonly text: string;
  /** Since when what is wrong has been so, as far as that is known. */
  readonly sinceMs: number;
  /** When it was first seen. */
  readonly seenAtMs: number;
  /** Absent until it has lasted long enough. */
  readonly raisedAtMs?: number;
  /** Since when it is not seen any more. */
  readonly goneAtMs?: number;
  /** Absent until it has been gone long enough. */
  readonly clearedAtMs?: number;
  /** By the name of the target. */
  readonly told: Readonly<Record<string, Told>>;
}

/** How it goes with a target that took nothing the last time. */
export interface TargetTrouble {
  /** In a row. */
  readonly failures: number;
  /** When it is tried again, unix milliseconds. */
  readonly nextAtMs: number;
  /** A code of common/model/reason.ts. */
  readonly reason: string;
  readonly text: string;
}

/** What a target was told. */
export interface DeliveryRecord {
  readonly target: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** How many alerts were in it. */
  readonly alerts: number;
  /** A code of common/model/reason.ts; '' where they were taken. */
  readonly reason: string;
  /** What was refused, or taken in part alone. */
  readonly text: string;
}

/** All that alerts have to know after a restart; kept with the fleet's records. */
export interface AlertBook {
  /** By `alertKey`. */
  readonly entries: Readonly<Record<string, AlertEntry>>;
  /** By the name of the target; those that are well are left out. */
  readonly troubles: Readonly<Record<string, TargetTrouble>>;
  /** The last ones, the oldest first; absent where none were kept yet. */
  readonly deliveries?: readonly DeliveryRecord[];
}

/** Of a fleet that never had an alarm. */
export const EMPTY_BOOK: AlertBook = { entries: {}, troubles: {} };

/** One alarm, as long as it lasts, has one key. */
export function alertKey({ reason, about }: Pick<AlertEntry, 'reason' | 'about'>): string {
  return `${reason} ${about}`;
}
