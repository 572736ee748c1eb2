import type { Clock } from '../../common/model/clock.js';
import type { LossReason } from './contender.js';
import { HeldUntil } from './held-until.js';

/**
 * One time of leading, from when it was won to its end, which is final: whoever acts for it asks `held` first, so that what is
 * left of it, in whatever queue, does nothing any more, even when the same process leads anew.
 */
export class Term {
  /** Resolves with why it is over. */
  readonly lost: Promise<LossReason>;
  /** Resolves when somebody wants it handed over. */
  readonly asked: Promise<void>;
  readonly #clock: Pick<Clock, 'bootMs'>;
  readonly #held: HeldUntil;
  #isOver = false;
  #tellLost: (why: LossReason) => void = () => undefined;
  #tellAsked: () => void = () => undefined;

  /** Holds until then, on the boot clock in milliseconds, or for as long as another thread says. */
  constructor(clock: Pick<Clock, 'bootMs'>, held: number | HeldUntil) {
    this.#clock = clock;
    this.#held = typeof held === 'number' ? HeldUntil.of(held) : held;
    this.lost = new Promise((resolve) => (this.#tellLost = resolve));
    this.asked = new Promise((resolve) => (this.#tellAsked = resolve));
  }

  /** Whether it may be acted for at this moment; once it may not, it never may again. */
  readonly held = (): boolean => {
    if (!this.#isOver && this.#clock.bootMs() >= this.#held.ms) this.end('lapsed');
    return !this.#isOver;
  };

  /** Holds until then, if it still did. */
  extend(heldUntilMs: number): void {
    if (this.held()) this.#held.raise(heldUntilMs);
  }

  /** Is over; the first reason counts. */
  end(why: LossReason): void {
    this.#isOver = true;
    this.#held.end();
    this.#tellLost(why);
  }

  /** By what another thread sees whether it holds. */
  get memory(): SharedArrayBuffer {
    return this.#held.memory;
  }

  /** Wants it handed over to another coordinator. */
  readonly ask = (): void => {
    this.#tellAsked();
  };
}
