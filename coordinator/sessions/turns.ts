import type { Clock } from '../../common/model/clock.js';
import { TurnBudget } from '../../common/model/turn-budget.js';
import { TURN_SHARE } from './turn-share.js';

/** What turns are made of. */
export interface TurnParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/**
 * Does what is due for each of many, in the order they came, each once however often it is asked for meanwhile. Works for
 * some milliseconds at a time, so that heartbeats never wait; the more there is to do, the more of it gathers for each turn.
 */
export class Turns<T> {
  readonly #parts: TurnParts;
  readonly #budget: TurnBudget;
  readonly #act: (item: T) => void;
  readonly #due = new Set<T>();
  #running = false;

  /** `act` must not throw. */
  constructor(parts: TurnParts, act: (item: T) => void) {
    this.#parts = parts;
    this.#budget = new TurnBudget(parts.clock, TURN_SHARE);
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
    this.#budget.begin();
    for (const item of this.#due) {
      this.#due.delete(item);
      this.#act(item);
      if (this.#budget.isSpent) return;
    }
  }
}
