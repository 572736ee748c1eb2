import type { Clock } from '../../common/model/clock.js';
import type { LossReason } from './contender.js';

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
  #heldUntilMs: number;
  #isOver = false;
  #tellLost: (why: LossReason) => void = () => undefined;
  #tellAsked: () => void = () => undefined;

  /** On the boot clock, in milliseconds. */
  constructor(clock: Pick<Clock, 'bootMs'>, heldUntilMs: number) {
    this.#clock = clock;
    this.#heldUntilMs = heldUntilMs;
    this.lost = new Promise((resolve) => (this.#tellLost = resolve));
    this.asked = new Promise((resolve) => (this.#tellAsked = resolve));
  }

  /** Whether it may be acted for at this moment; once it may not, it never may again. */
  readonly held = (): boolean => {
    if (!this.#isOver && this.#clock.bootMs() >= this.#heldUntilMs) this.end('lapsed');
    return !this.#isOver;
  };

  /** Holds until then, if it still did. */
  extend(heldUntilMs: number): void {
    if (this.held()) this.#heldUntilMs = Math.max(this.#heldUntilMs, heldUntilMs);
  }

  /** Is over; the first reason counts. */
  end(why: LossReason): void {
    this.#isOver = true;
    this.#tellLost(why);
  }

  /** Wants it handed over to another coordinator. */
  readonly ask = (): void => {
    this.#tellAsked();
  };
}
