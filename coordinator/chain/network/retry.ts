/** In milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A connection that held so long was a good one. */
const GOOD_MS = 60_000;

/** Which endpoint is next, and when: all in turn, a round twice as late as the one before, each with some chance in it. */
export class Retry {
  readonly #endpoints: number;
  readonly #random: () => number;
  #at = -1;
  #failures = 0;
  #workedMs: number | undefined;

  constructor(endpoints: number, random: () => number) {
    this.#endpoints = endpoints;
    this.#random = random;
  }

  /** Index of the endpoint to try. */
  next(): number {
    this.#at = (this.#at + 1) % this.#endpoints;
    return this.#at;
  }

  /** A connection stands. */
  worked(nowMs: number): void {
    this.#workedMs = nowMs;
  }

  /** One could not be made, or ended. */
  failed(nowMs: number): void {
    const hasHeld = this.#workedMs !== undefined && nowMs - this.#workedMs >= GOOD_MS;
    this.#failures = hasHeld ? 1 : this.#failures + 1;
    this.#workedMs = undefined;
  }

  /** Until the next try: half of it is chance. */
  pauseMs(): number {
    const rounds = Math.floor((this.#failures - 1) / this.#endpoints);
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(rounds, 16));
    return Math.round(most * (0.5 + this.#random() / 2));
  }
}
