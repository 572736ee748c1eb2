import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { WriteRefusal } from './write-refusal.js';
import { isFull, isPassing } from './put-outcome.js';

/** How long to wait for servers that are away. */
export interface PatienceOptions {
  readonly clock: Clock;
  /** In milliseconds. */
  readonly limitMs: number;
  /** Ends all waiting at once. */
  readonly signal: AbortSignal;
  /** Why there is nothing to wait for any more; undefined while there is, and when left out. */
  readonly refusal?: WriteRefusal | undefined;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** Waits between attempts, longer each time, until its time is up. One serves one thing to be done. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #endMs: number;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#endMs = options.clock.monotonicMs() + options.limitMs;
  }

  /**
   * Waits a while. Throws `HeadframeError` (unavailable, `store_unreachable`, or `store_full`) with the cause once its time is up,
   * and the refusal where there is one.
   */
  async pause(cause: unknown): Promise<void> {
    const { clock, signal, limitMs, refusal } = this.#options;
    const refused = refusal?.();
    if (refused !== undefined) throw refused;
    if (signal.aborted || clock.monotonicMs() >= this.#endMs)
      throw isFull(cause) ? full(limitMs, cause) : unreachable(limitMs, cause);
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }

  /** Asks again as long as the servers do not answer. */
  async ask<T>(request: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await request();
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown;
        await this.pause(thrown);
      }
    }
  }
}

function full(limitMs: number, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_full',
    message: `the NATS servers had no room for what the store wrote for ${String(limitMs / 1000)} s`,
    remedy:
      'Free disk on the NATS servers or raise max_file_store, and restart those without room; nothing acknowledged is lost.',
    cause,
  });
}

function unreachable(limitMs: number, cause: unknown): HeadframeError {
  const text = cause instanceof Error ? cause.message : 'no answer';
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_unreachable',
    message: `NATS did not take or give what the store asked for within ${String(limitMs / 1000)} s: ${text}`,
    remedy: 'See that most of the NATS servers run, reach each other and have room; nothing acknowledged is lost.',
    cause,
  });
}
