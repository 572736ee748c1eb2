const NONE: ReadonlyMap<number, number> = new Map();

/** How many instances of each miner each host holds: for caps and spreading. */
export class MinerCounts {
  readonly #byMiner = new Map<string, Map<number, number>>();

  /** By host handle; hosts without instances of the miner are left out. */
  of(miner: string): ReadonlyMap<number, number> {
    return this.#byMiner.get(miner) ?? NONE;
  }

  /** Instances of the miner on the host. */
  on(miner: string, host: number): number {
    return this.#byMiner.get(miner)?.get(host) ?? 0;
  }

  /** Changes a count by `by`, which may be negative. */
  add(miner: string, host: number, by: number): void {
    let counts = this.#byMiner.get(miner);
    if (counts === undefined) this.#byMiner.set(miner, (counts = new Map<number, number>()));
    const count = (counts.get(host) ?? 0) + by;
    if (count !== 0) counts.set(host, count);
    else if (counts.delete(host) && counts.size === 0) this.#byMiner.delete(miner);
  }

  /** Miners with instances on any host. */
  miners(): Iterable<string> {
    return this.#byMiner.keys();
  }

  /** An independent copy. */
  copy(): MinerCounts {
    const copy = new MinerCounts();
    for (const [miner, counts] of this.#byMiner) copy.#byMiner.set(miner, new Map<number, number>(counts));
    return copy;
  }
}
