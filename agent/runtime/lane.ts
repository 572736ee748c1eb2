import { runtimeError } from './runtime-error.js';

/** Most calls that may wait for one lane; beyond it a caller is refused rather than queued without end. */
const MAX_WAITING = 10_000;

/** Lets at most `limit` tasks run at once, in the order they came; each kind of slow call has a lane of its own. */
export class Lane {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Waits for a place and runs the task; rejects with the signal's reason if it is aborted while waiting. */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.size >= MAX_WAITING)
      throw runtimeError('engine_unavailable', 'too many calls wait for the container engine');
    await this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(admit);
        reject(reasonOf(signal));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(admit);
    });
  }

  /** Hands the place to the next in line, so that a newcomer cannot overtake it. */
  #leave(): void {
    const next = this.#waiting.values().next();
    if (next.done === true) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next.value);
    next.value();
  }
}

/** What a signal was aborted with, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
