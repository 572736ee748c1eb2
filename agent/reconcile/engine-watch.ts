import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Reconciler } from './reconciler.js';

// Events tell of changes at once; the list catches what an engine forgot to tell, as after its own restart.
const LIST_PERIOD_MS = 30_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** Keeps the reconciler's picture of the engine true: events, a full list now and then, and anew after each failure. */
export class EngineWatch {
  readonly #runtime: Runtime;
  readonly #reconciler: Reconciler;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(parts: { runtime: Runtime; reconciler: Reconciler; clock: Clock; logger: Logger }) {
    this.#runtime = parts.runtime;
    this.#reconciler = parts.reconciler;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** Runs until the signal; an engine that is away is told once and tried again with backoff. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    let retryMs = FIRST_RETRY_MS;
    while (!ended()) {
      try {
        await this.#follow(signal, () => {
          if (retryMs > FIRST_RETRY_MS) this.#logger.info('the container engine answers again');
          retryMs = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (ended()) return;
        this.#reconciler.engineLost();
        if (retryMs === FIRST_RETRY_MS)
          this.#logger.warn({ err: toHeadframeError(error) }, 'the container engine does not answer');
        await this.#clock.sleep(retryMs, signal).catch(() => undefined);
        retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      }
    }
  }

  /** Subscribes first and lists then, so that nothing falls between. */
  async #follow(signal: AbortSignal, onListed: () => void): Promise<void> {
    const round = new AbortController();
    const both = AbortSignal.any([signal, round.signal]);
    const listing = this.#listNowAndThen(both, onListed);
    const following = this.#followEvents(both);
    try {
      await Promise.race([listing, following]);
    } finally {
      round.abort();
      await Promise.allSettled([listing, following]);
    }
  }

  async #listNowAndThen(signal: AbortSignal, onListed: () => void): Promise<void> {
    while (!signal.aborted) {
      const unlisted = this.#reconciler.observeAll(await this.#runtime.list(signal));
      for (const serial of unlisted) await this.#reconciler.observe(serial, signal);
      onListed();
      await this.#clock.sleep(LIST_PERIOD_MS, signal);
    }
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    for await (const event of this.#runtime.events(signal)) await this.#reconciler.observe(event.serial, signal);
  }
}
