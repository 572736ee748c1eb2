import type { Clock } from '../../common/model/clock.js';

/** Bounds of a turn's work, in milliseconds: few enough that heartbeats do not wait. */
const LEAST_MS = 5;
const MOST_MS = 15;
/** Part of the time that all else has taken since the last turn. */
const SHARE = 0.25;

/**
 * How long one kind of work may go on in a turn of the event loop. Where turns are long, because there is much to read, a
 * fixed time would starve what is to be done with it: the more is read, the less would be taken in.
 */
export class TurnBudget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #restedMs: number;
  #endMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#restedMs = clock.monotonicMs();
  }

  /** Begins a turn's work. */
  begin(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#endMs = nowMs + Math.min(MOST_MS, Math.max(LEAST_MS, SHARE * (nowMs - this.#restedMs)));
  }

  /** Whether the turn's time is up; called before each yield. */
  get isSpent(): boolean {
    this.#restedMs = this.#clock.monotonicMs();
    return this.#restedMs >= this.#endMs;
  }
}
