import { ErrorCode, NatsError } from 'nats';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';

/** `wrong last sequence`: 10071, and 10164 while another write of the same key is under way (2.12 and later). */
const CONFLICTS: readonly number[] = [10071, 10164];
/** No leader, no majority, a server that starts or ends, or has too much to do. */
const PASSING_CODES: readonly number[] = [408, 429, 500, 503];
const PASSING_ERRORS: readonly string[] = [
  ErrorCode.Timeout,
  ErrorCode.NoResponders,
  ErrorCode.Disconnect,
  ErrorCode.ConnectionTimeout,
  ErrorCode.ConnectionRefused,
];
const PAUSE_MS = 100;
const REQUEST_MS = 5_000;

/** Whether something else stands where one wrote. */
export function isConflict(error: unknown): boolean {
  return error instanceof NatsError && CONFLICTS.includes(error.api_error?.err_code ?? 0);
}

/** Whether the same may go well soon: nobody answered, or said that it cannot now. */
function isPassing(error: unknown): boolean {
  if (error instanceof Unsettled) return true;
  if (!(error instanceof NatsError)) return false;
  const { api_error: told } = error;
  return told === undefined ? PASSING_ERRORS.includes(error.code) : PASSING_CODES.includes(told.code);
}

/** Another write of the same is under way, of which nothing is to be read yet: it may come through or not. */
export class Unsettled extends Error {}

/** How servers are asked. */
export interface ServersParts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** No new request begins after so long, in milliseconds: they may choose a leader anew meanwhile, which takes seconds. */
  readonly patienceMs: number;
  /** Default 5,000. */
  readonly requestMs?: number | undefined;
  /** Ends all waiting between requests, as when the program is to end. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks NATS servers again while they do not answer, for a bounded time. */
export class Servers {
  /** One request waits so long, in milliseconds. */
  readonly requestMs: number;
  readonly #clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly #patienceMs: number;
  readonly #signal: AbortSignal;

  constructor({ clock, patienceMs, requestMs = REQUEST_MS, signal }: ServersParts) {
    this.#signal = signal ?? new AbortController().signal;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.requestMs = requestMs;
  }

  /**
   * What they answer. Throws `HeadframeError` (unavailable, 'shared_place_away') when they do not in time, or refuse; what the
   * request throws of its own, and a conflict, as it is.
   */
  async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    const endMs = this.#clock.monotonicMs() + this.#patienceMs;
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof NatsError || error instanceof Unsettled) || isConflict(error)) throw error;
        if (!isPassing(error) || this.#clock.monotonicMs() >= endMs) throw away(what, error);
        if (this.#signal.aborted) throw away(what, error);
        await this.#clock.sleep(PAUSE_MS, this.#signal).catch(() => undefined);
      }
    }
  }
}

/** What is shared cannot be had now. */
export function away(what: string, cause: unknown): HeadframeError {
  const text = cause instanceof Error ? cause.message : 'no answer';
  return new HeadframeError({
    code: 'unavailable',
    reason: 'shared_place_away',
    message: `${what} cannot be read or written at the NATS servers: ${text}`,
    remedy:
      'See that most of the NATS servers run, reach each other and have room, and that the user may use the bucket.',
    cause,
  });
}
