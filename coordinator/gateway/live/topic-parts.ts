import type { Clock } from '../../../common/model/clock.js';
import type { CallMethod, OpenStream } from '../route.js';
import type { ServerFrame, Subscription } from './frames.js';
import type { ReadyFrame, SharedFrames } from './shared-frames.js';

/** What topics are made of. */
export interface TopicParts {
  readonly clock: Clock;
  readonly stream: OpenStream;
  readonly call: CallMethod;
  readonly signal: AbortSignal;
  readonly shared: SharedFrames;
}

/** What a client is told; one that many are told is made once. */
export type Frame = ServerFrame | ReadyFrame;

/** What a client listens to. */
export interface Wish extends Subscription {
  /** The one thing that it is about; '' for all. */
  readonly of: string;
}

/** How often it is told from where to resume while nothing happens, in milliseconds. */
export const PROGRESS_MS = 5_000;
