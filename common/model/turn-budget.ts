import type { Clock } from './clock.js';

/** Bounds of a turn's work, in milliseconds, and the part that it is of the time which all else has taken since the last. */
export interface TurnShare {
  readonly leastMs: number;
  readonly mostMs: number;
  /** 1 is as long as all else took. */
  readonly share: number;
}

/**
 * How long one kind of work may go on in a turn of the event loop. Where turns are long, because there is much to read, a
 * fixed time would starve what is to be done with it: the more is read, the less would be taken in.
 */
export class TurnBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #share: TurnShare;
  #restedMs: number;
  #endMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>, share: TurnShare) {
    this.#clock = clock;
    this.#share = share;
    this.#restedMs = clock.monotonicMs();
  }

  /** Begins a turn's work. */
  begin(): void {
    const { leastMs, mostMs, share } = this.#share;
    const nowMs = this.#clock.monotonicMs();
    this.#endMs = nowMs + Math.min(mostMs, Math.max(leastMs, share * (nowMs - this.#restedMs)));
  }

  /** Whether the turn's time is up; called before each yield. */
  get isSpent(): boolean {
    this.#restedMs = this.#clock.monotonicMs();
    return this.#restedMs >= this.#endMs;
  }
}
