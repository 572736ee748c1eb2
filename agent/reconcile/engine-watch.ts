import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { runtimeError } from '../runtime/runtime-error.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Reconciler } from './reconciler.js';

// Events tell of changes at once; the list catches what an engine forgot to tell, as after its own restart.
const LIST_PERIOD_MS = 30_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** The parts an engine watch works with. */
export interface EngineWatchParts {
  readonly runtime: Pick<Runtime, 'events' | 'list'>;
  readonly reconciler: Pick<Reconciler, 'engineLost' | 'notice' | 'observeAll'>;
  /** Told each time the engine has been listed. */
  readonly onListed: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the reconciler's picture of the engine true: events, a full list now and then, and anew after each failure. */
export class EngineWatch {
  readonly #parts: EngineWatchParts;
  #toldLost = false;

  constructor(parts: EngineWatchParts) {
    this.#parts = parts;
  }

  /** Runs until the signal; an engine that is away is told once and tried again with backoff. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const ended = (): boolean => signal.aborted;
    let retryMs = FIRST_RETRY_MS;
    while (!ended()) {
      const begunMs = clock.monotonicMs();
      const error = await this.#follow(signal).catch((thrown: unknown) => thrown);
      if (ended()) return;
      this.#lost(error);
      if (clock.monotonicMs() - begunMs >= LONGEST_RETRY_MS) retryMs = FIRST_RETRY_MS;
      await clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
    }
  }

  #lost(error: unknown): void {
    this.#parts.reconciler.engineLost();
    if (!this.#toldLost)
      this.#parts.logger.warn({ err: toHeadframeError(error) }, 'the container engine does not answer');
    this.#toldLost = true;
  }

  /** Subscribes first and lists then, so that nothing falls between. */
  async #follow(signal: AbortSignal): Promise<never> {
    const round = new AbortController();
    const both = AbortSignal.any([signal, round.signal]);
    const following = this.#followEvents(both);
    const listing = this.#listNowAndThen(both);
    try {
      await Promise.race([listing, following]);
      throw runtimeError('engine_unavailable', 'the container engine ended its event stream');
    } finally {
      round.abort();
      await Promise.allSettled([listing, following]);
    }
  }

  async #listNowAndThen(signal: AbortSignal): Promise<void> {
    const { reconciler, runtime, onListed, clock, logger } = this.#parts;
    while (!signal.aborted) {
      reconciler.observeAll(await runtime.list(signal));
      if (this.#toldLost) logger.info('the container engine answers again');
      this.#toldLost = false;
      onListed();
      await clock.sleep(LIST_PERIOD_MS, signal);
    }
  }

  async #followEvents(signal: AbortSignal): Promise<void> {
    for await (const event of this.#parts.runtime.events(signal)) this.#parts.reconciler.notice(event);
  }
}
