/** Gives miners their turns, those with more priority first, also when they come while others have theirs. */
export class MinerRounds {
  readonly #priorityOf: (name: string) => number;
  readonly #overtaking = new Set<string>();
  /** Of the miner whose turn it is. */
  #priority = Infinity;

  constructor(priorityOf: (name: string) => number) {
    this.#priorityOf = priorityOf;
  }

  /** Notes a miner that comes between; it has its turn in this round only if it may overtake. */
  note(name: string): void {
    if (this.#priorityOf(name) > this.#priority) this.#overtaking.add(name);
  }

  /** One round. Who overtakes does so once for each miner of the round, so that nobody waits for ever. */
  *round(names: Iterable<string>): Generator<string> {
    const waiting = Array.from(names, (name) => ({ name, priority: this.#priorityOf(name) }));
    waiting.sort((a, b) => b.priority - a.priority);
    try {
      for (const { name, priority } of waiting) {
        this.#priority = priority;
        yield name;
        const overtaking = [...this.#overtaking];
        this.#overtaking.clear();
        yield* overtaking;
      }
    } finally {
      this.#priority = Infinity;
      this.#overtaking.clear();
    }
  }
}
