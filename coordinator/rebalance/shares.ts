/** The dominant shares of a set of hosts, with their deviation kept up to date. */
export class Shares {
  readonly #byHost = new Map<number, number>();
  #sum = 0;
  #squares = 0;

  constructor(shares: Iterable<readonly [number, number]>) {
    for (const [host, share] of shares) {
      this.#byHost.set(host, share);
      this.#sum += share;
      this.#squares += share * share;
    }
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
    return this.size === 0 ? 0 : [...this.#byHost.values()].reduce((a, b) => Math.min(a, b));
  }

  get highest(): number {
    return this.size === 0 ? 0 : [...this.#byHost.values()].reduce((a, b) => Math.max(a, b));
  }

  /** The share of a host; 0 for one that is not in the set. */
  of(host: number): number {
    return this.#byHost.get(host) ?? 0;
  }

  has(host: number): boolean {
    return this.#byHost.has(host);
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
    this.#byHost.set(host, share);
  }
}

function deviationOf(count: number, sum: number, squares: number): number {
  if (count === 0) return 0;
  // Rounding may bring what is zero below it.
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
