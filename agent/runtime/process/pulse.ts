import type { Clock } from '../../../common/model/clock.js';
import { onAbort } from '../on-abort.js';

/** Wakes those who wait for a change; none is lost between looking and waiting, as beats are counted. */
export class Pulse {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Beats so far. */
  get count(): number {
    return this.#count;
  }

  beat(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the first beat after the `seen`th, after `waitMs`, or with the signal, whichever is first. */
  next(seen: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#waiting.delete(wake);
        letGo();
        resolve();
      };
      const cancel = this.#clock.setTimer(wake, waitMs);
      this.#waiting.add(wake);
      const letGo = onAbort(signal, wake);
    });
  }
}
