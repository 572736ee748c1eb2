/** The dominant shares of a set of hosts, with their deviation kept up to date. */
export class Shares {
  readonly #byHost = new Map<number, number>();
  /** Emptiest first. */
  readonly #sorted: number[];
  #sum = 0;
  #squares = 0;

  constructor(shares: Iterable<readonly [number, number]>) {
    for (const [host, share] of shares) {
      this.#byHost.set(host, share);
      this.#sum += share;
      this.#squares += share * share;
    }
    this.#sorted = [...this.#byHost.keys()].sort((a, b) => this.#order(a, b));
  }

  /** The hosts by share, emptiest first; to be read only. */
  get sorted(): readonly number[] {
    return this.#sorted;
  }

  get hosts(): Iterable<number> {
    return this.#byHost.keys();
  }

  get size(): number {
    return this.#byHost.size;
  }

  /** Standard deviation, from 0. */
  get deviation(): number {
    return deviationOf(this.#byHost.size, this.#sum, this.#squares);
  }

  get mean(): number {
    return this.size === 0 ? 0 : this.#sum / this.size;
  }

  get lowest(): number {
    return this.of(this.#sorted[0] ?? -1);
  }

  get highest(): number {
    return this.of(this.#sorted.at(-1) ?? -1);
  }

  /** The share of a host; 0 for one that is not in the set. */
  of(host: number): number {
    return this.#byHost.get(host) ?? 0;
  }

  /** The deviation if these hosts had other shares. */
  deviationWith(changes: readonly (readonly [number, number])[]): number {
    let [sum, squares] = [this.#sum, this.#squares];
    for (const [host, share] of changes) {
      const before = this.of(host);
      sum += share - before;
      squares += share * share - before * before;
    }
    return deviationOf(this.size, sum, squares);
  }

  /** Sets the share of a host of the set. */
  set(host: number, share: number): void {
    const before = this.of(host);
    this.#sum += share - before;
    this.#squares += share * share - before * before;
    this.#sorted.splice(this.#placeOf(host), 1);
    this.#byHost.set(host, share);
    this.#sorted.splice(this.#placeOf(host), 0, host);
  }

  /** Where a host stands in the order, or is to be put. */
  #placeOf(host: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(this.#sorted[middle] ?? -1, host) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(a: number, b: number): number {
    return this.of(a) - this.of(b) || a - b;
  }
}

function deviationOf(count: number, sum: number, squares: number): number {
  if (count === 0) return 0;
  // Rounding may bring what is zero below it.
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
