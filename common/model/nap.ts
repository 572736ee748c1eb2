import type { Clock } from './clock.js';

/**
 * Sleeps of a loop that somebody may end early. A loop that runs for weeks must not join its signal to another one by
 * `AbortSignal.any` for each: Node 20 keeps some 60 bytes at the longer-lived one every time, for as long as that lives.
 */
export class Nap {
  #wake: () => void = () => undefined;

  /** Sleeps so many milliseconds, or until `wake` or the signal; never rejects. One at a time. */
  take(clock: Pick<Clock, 'setTimer'>, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#wake = () => undefined;
        resolve();
      };
      const cancel = clock.setTimer(end, ms);
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Ends the sleep that is under way; nothing where there is none. */
  wake(): void {
    this.#wake();
  }
}
