import type { Notice } from './notice.js';
import type { Delivery } from './plan.js';

/** Somebody who is told of alerts. */
export interface AlertTarget {
  /** What it was told is kept by this. */
  readonly name: string;
  /** For people; holds no secret. */
  readonly where: string;
  /** Tells it, within seconds. Never throws. */
  tell(notices: readonly Notice[]): Promise<Delivery>;
}

/** A target has this long to take what it is told, in milliseconds. */
export const TELL_MS = 5_000;
