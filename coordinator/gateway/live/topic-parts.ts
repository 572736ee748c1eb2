import type { Clock } from '../../../common/model/clock.js';
import type { CallMethod, OpenStream } from '../route.js';
import type { Subscription } from './frames.js';

/** What topics are made of. */
export interface TopicParts {
  readonly clock: Clock;
  readonly stream: OpenStream;
  readonly call: CallMethod;
  readonly signal: AbortSignal;
}

/** What a client listens to. */
export interface Wish extends Subscription {
  /** The one thing that it is about; '' for all. */
  readonly of: string;
}

/** How often it is told from where to resume while nothing happens, in milliseconds. */
export const PROGRESS_MS = 5_000;
