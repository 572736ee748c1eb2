import { onAbort, reasonOf } from './on-abort.js';
import { runtimeError } from './runtime-error.js';

/** Most calls that may wait for one lane; beyond it a caller is refused rather than queued without end. */
const MAX_WAITING = 10_000;

/** Which queue of a lane a task waits in: `ahead` goes before all of `inTurn`. */
export type LaneTurn = 'ahead' | 'inTurn';

/** Lets at most `limit` tasks run at once, in the order they came; each kind of slow call has a lane of its own. */
export class Lane {
  #free: number;
  readonly #waiting: Readonly<Record<LaneTurn, Set<() => void>>> = { ahead: new Set(), inTurn: new Set() };

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * Waits for a place and runs the task; rejects with the signal's reason if it is aborted while waiting. A task that
   * needs its place no longer may leave it before it ends.
   */
  async run<T>(signal: AbortSignal, task: (leave: () => void) => Promise<T>, turn: LaneTurn = 'inTurn'): Promise<T> {
    await this.#enter(signal, turn);
    let inside = true;
    const leave = (): void => {
      if (inside) this.#leave();
      inside = false;
    };
    try {
      return await task(leave);
    } finally {
      leave();
    }
  }

  async #enter(signal: AbortSignal, turn: LaneTurn): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting[turn].size >= MAX_WAITING)
      throw runtimeError('engine_unavailable', 'too many calls wait for the container engine');
    await this.#wait(signal, this.#waiting[turn]);
  }

  #wait(signal: AbortSignal, queue: Set<() => void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        letGo();
        resolve();
      };
      const letGo = onAbort(signal, () => {
        queue.delete(admit);
        reject(reasonOf(signal));
      });
      queue.add(admit);
    });
  }

  /** Hands the place to the next in line, so that a newcomer cannot overtake it. */
  #leave(): void {
    const queue = this.#waiting.ahead.size > 0 ? this.#waiting.ahead : this.#waiting.inTurn;
    const next = queue.values().next();
    if (next.done === true) {
      this.#free += 1;
      return;
    }
    queue.delete(next.value);
    next.value();
  }
}
