import type { Clock } from '../../common/model/clock.js';

/** When a thread gave its last sign of life, in memory that the threads of one process share. */
export class SignOfLife {
  /** What another thread reads it from. */
  readonly memory: SharedArrayBuffer;
  readonly #clock: Pick<Clock, 'bootMs'>;
  readonly #cell: BigInt64Array;

  /** With the memory of another thread it tells of that one. */
  constructor(clock: Pick<Clock, 'bootMs'>, memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.#clock = clock;
    this.memory = memory;
    this.#cell = new BigInt64Array(memory);
  }

  /** Gives one. */
  give(): void {
    Atomics.store(this.#cell, 0, BigInt(Math.floor(this.#clock.bootMs())));
  }

  /** For how long there was none, in milliseconds of the boot clock. */
  get silentMs(): number {
    return this.#clock.bootMs() - Number(Atomics.load(this.#cell, 0));
  }
}
