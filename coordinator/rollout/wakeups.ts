import type { Clock } from '../../common/model/clock.js';

/** Longest sleep in milliseconds: the times are of the wall clock, which may be set while the timer sleeps. */
const LONGEST_SLEEP_MS = 60_000;

/** One time for each name, and one timer for all. */
export class Wakeups {
  readonly #clock: Clock;
  readonly #wake: (name: string) => void;
  readonly #times = new Map<string, number>();
  #timerAtMs = Infinity;
  #cancel: () => void = () => undefined;

  /** Calls `wake` with a name once its time has come, in milliseconds of the wall clock. */
  constructor(clock: Clock, wake: (name: string) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Sets a name's time in place of the one before; undefined means none. */
  set(name: string, atMs: number | undefined): void {
    if (atMs === undefined) this.#times.delete(name);
    else this.#times.set(name, atMs);
    if (atMs !== undefined && atMs < this.#timerAtMs) this.#arm(atMs);
  }

  /** Forgets all times. */
  close(): void {
    this.#times.clear();
    this.#cancel();
    this.#timerAtMs = Infinity;
  }

  #arm(atMs: number): void {
    this.#cancel();
    const nowMs = this.#clock.nowMs();
    this.#timerAtMs = Math.min(atMs, nowMs + LONGEST_SLEEP_MS);
    this.#cancel = this.#clock.setTimer(() => this.#ring(), Math.max(0, this.#timerAtMs - nowMs));
  }

  #ring(): void {
    const nowMs = this.#clock.nowMs();
    this.#timerAtMs = Infinity;
    let next = Infinity;
    for (const [name, atMs] of this.#times) {
      if (atMs > nowMs) {
        next = Math.min(next, atMs);
        continue;
      }
      this.#times.delete(name);
      this.#wake(name);
    }
    if (next < this.#timerAtMs) this.#arm(next);
  }
}
