import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { HostTeller } from '../host/health-board.js';
import { onAbort } from '../runtime/on-abort.js';
import type { Runtime } from '../runtime/runtime.js';
import { NEW_MEMORY, climb } from './ladder.js';
import type { LadderMemory, LadderOptions, Rung } from './ladder.js';

/** The parts a self-check works with. */
export interface SelfCheckParts {
  readonly runtime: Pick<Runtime, 'answers' | 'inspect'>;
  /** Serials of the instances that run now. */
  readonly running: () => readonly number[];
  /** Has the present run of an instance ended and started again by its restart policy. */
  readonly restartInstance: (serial: number, text: string) => void;
  /** Restarts the container engine; resolves with what went wrong, if anything. */
  readonly restartRuntime: () => Promise<string | undefined>;
  readonly teller: HostTeller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How the self-check looks; times in milliseconds. */
export interface SelfCheckSettings extends LadderOptions {
  readonly intervalMs: number;
  /** Longest wait for one answer of the engine. */
  readonly answerMs: number;
}

/** More instances than these are not suspected at once: then it is the engine. */
const MOST_SUSPECTS = 16;

/**
 * Asks the engine again and again whether it answers, and about one running instance after the other, and climbs the
 * ladder when it does not. It asks of itself alone: whoever waits for the same engine is not held up.
 */
export class SelfCheck {
  readonly #parts: SelfCheckParts;
  readonly #settings: SelfCheckSettings;
  /** Instances that got no answer, since when. */
  readonly #suspects = new Map<number, number>();
  #silentSinceMs: number | undefined;
  #memory: LadderMemory = NEW_MEMORY;
  #turn = 0;

  constructor(parts: SelfCheckParts, settings: SelfCheckSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Checks until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      await this.pass(signal);
      await this.#parts.clock.sleep(this.#settings.intervalMs, signal).catch(() => undefined);
    }
  }

  /** Checks once. Never rejects. */
  async pass(signal: AbortSignal): Promise<void> {
    const { clock, teller } = this.#parts;
    await this.#askEngine(signal);
    // What a silent engine does not say of an instance says nothing of the instance.
    if (this.#silentSinceMs === undefined) await this.#askOfInstances(signal);
    if (signal.aborted) return;
    const stuck = [...this.#suspects].map(([serial, sinceMs]) => ({ serial, sinceMs }));
    const view = { engineSilentSinceMs: this.#silentSinceMs, stuck, memory: this.#memory };
    const { rungs, sick, memory } = climb({ ...view, nowMs: clock.monotonicMs() }, this.#settings);
    this.#memory = memory;
    if (sick === undefined) teller.clear('engine_sick');
    else teller.raise('engine_sick', sick);
    for (const rung of rungs) await this.#take(rung);
  }

  async #askEngine(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const askedAtMs = clock.monotonicMs();
    const isWell = await this.#isAnswered((abort) => runtime.answers?.(abort) ?? Promise.resolve(), signal);
    if (isWell) this.#silentSinceMs = undefined;
    else this.#silentSinceMs ??= askedAtMs;
  }

  async #askOfInstances(signal: AbortSignal): Promise<void> {
    const { running, clock, runtime } = this.#parts;
    const serials = running();
    const known = new Set(serials);
    for (const serial of this.#suspects.keys()) if (!known.has(serial)) this.#suspects.delete(serial);
    const next = serials[this.#turn++ % Math.max(1, serials.length)];
    const asked = new Set([...this.#suspects.keys(), ...(next === undefined ? [] : [next])]);
    const askedAtMs = clock.monotonicMs();
    await Promise.all(
      [...asked].slice(0, MOST_SUSPECTS).map(async (serial) => {
        const isWell = await this.#isAnswered((abort) => runtime.inspect(serial, abort), signal);
        if (isWell) this.#suspects.delete(serial);
        else if (!this.#suspects.has(serial)) this.#suspects.set(serial, askedAtMs);
      }),
    );
  }

  /** A call that ends as it likes is an answer; one that has to be given up, or finds nobody, is none. */
  async #isAnswered(call: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
    const deadline = new AbortController();
    const cancel = this.#parts.clock.setTimer(() => {
      deadline.abort();
    }, this.#settings.answerMs);
    const letGo = onAbort(signal, () => {
      deadline.abort();
    });
    try {
      await call(deadline.signal);
      return true;
    } catch (error) {
      return !deadline.signal.aborted && toHeadframeError(error).reason !== 'engine_unavailable';
    } finally {
      cancel();
      letGo();
    }
  }

  async #take(rung: Rung): Promise<void> {
    const { teller, logger, restartInstance, restartRuntime } = this.#parts;
    if (rung.kind === 'restartInstance') {
      const text = 'the container engine shows it running and gives no answer about it';
      logger.warn({ serial: rung.serial }, text);
      teller.note('instance_stuck', `instance ${String(rung.serial)}: ${text}`);
      restartInstance(rung.serial, text);
      return;
    }
    logger.warn({ because: rung.because }, 'restarting the container engine');
    const failure = await restartRuntime();
    const outcome = failure === undefined ? 'it was restarted' : `its restart failed: ${failure}`;
    logger.warn({ failure }, `the container engine gave no answer; ${outcome}`);
    teller.note('runtime_restarted', `${rung.because}; ${outcome}`);
  }
}
