/** Until when a term of leading holds, in memory that the threads of one process share. Once over it stays so. */
export class HeldUntil {
  /** What another thread reads it from. */
  readonly memory: SharedArrayBuffer;
  readonly #cell: BigInt64Array;

  /** With the memory of another thread it is the same one. */
  constructor(memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cell = new BigInt64Array(memory);
  }

  /** On the boot clock, in whole milliseconds. */
  static of(ms: number): HeldUntil {
    const held = new HeldUntil();
    Atomics.store(held.#cell, 0, BigInt(Math.floor(ms)));
    return held;
  }

  /** On the boot clock, in milliseconds; 0 once it is over. */
  get ms(): number {
    return Number(Atomics.load(this.#cell, 0));
  }

  /** Has it hold until then, if that is later and it is not over. */
  raise(ms: number): void {
    const wanted = BigInt(Math.floor(ms));
    for (let before = Atomics.load(this.#cell, 0); before !== 0n && before < wanted;) {
      const found = Atomics.compareExchange(this.#cell, 0, before, wanted);
      if (found === before) return;
      before = found;
    }
  }

  /** Is over. */
  end(): void {
    Atomics.store(this.#cell, 0, 0n);
  }
}
