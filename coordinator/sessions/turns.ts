import type { Clock } from '../../common/model/clock.js';

/** What turns are made of. */
export interface TurnParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Longest work between two yields, in milliseconds. */
const SLICE_MS = 5;

/**
 * Does what is due for each of many, in the order they came, each once however often it is asked for meanwhile. Works in
 * slices of about 5 ms, so that heartbeats never wait; the more there is to do, the more of it gathers for each turn.
 */
export class Turns<T> {
  readonly #parts: TurnParts;
  readonly #act: (item: T) => void;
  readonly #due = new Set<T>();
  #running = false;

  /** `act` must not throw. */
  constructor(parts: TurnParts, act: (item: T) => void) {
    this.#parts = parts;
    this.#act = act;
  }

  /** Has the item acted on in a later turn of the event loop. */
  add(item: T): void {
    this.#due.add(item);
    if (!this.#running) void this.#run();
  }

  /** Leaves the item out, if it is still due. */
  remove(item: T): void {
    this.#due.delete(item);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#due.size > 0) {
      await this.#parts.yieldTurn();
      this.#slice();
    }
    this.#running = false;
  }

  #slice(): void {
    const { clock } = this.#parts;
    const endMs = clock.monotonicMs() + SLICE_MS;
    for (const item of this.#due) {
      this.#due.delete(item);
      this.#act(item);
      if (clock.monotonicMs() >= endMs) return;
    }
  }
}
