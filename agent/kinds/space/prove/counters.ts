const [NEXT, STOP, FIRST_BEAT] = [0, 1, 2];

/** Numbers that the threads of a disk share while they scan: what to do next, whether to end, a beat for each thread, and of each plot what is left. */
export class Counters {
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #threads: number;

  /** Over memory of another thread, or new with so many units of each plot. */
  constructor(threads: number, plots: SharedArrayBuffer | readonly number[]) {
    const isShared = plots instanceof SharedArrayBuffer;
    this.shared = isShared ? plots : new SharedArrayBuffer(4 * (FIRST_BEAT + threads + plots.length));
    this.#numbers = new Int32Array(this.shared);
    this.#threads = threads;
    if (!isShared) this.#numbers.set(plots, FIRST_BEAT + threads);
  }

  /** The number of the next unit; nobody else is given it. */
  take(): number {
    return Atomics.add(this.#numbers, NEXT, 1);
  }

  /** Has all threads end after the unit at hand. */
  stop(): void {
    Atomics.store(this.#numbers, STOP, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#numbers, STOP) !== 0;
  }

  /** Says that a thread is alive: it comes round here before each read. */
  beat(thread: number): void {
    Atomics.add(this.#numbers, FIRST_BEAT + thread, 1);
  }

  beatOf(thread: number): number {
    return Atomics.load(this.#numbers, FIRST_BEAT + thread);
  }

  /** Counts a unit of a plot; true for its last one. */
  finish(plot: number): boolean {
    return Atomics.sub(this.#numbers, this.#leftOf(plot), 1) === 1;
  }

  /** Counts all units of a plot that are left; true for whoever says so first. */
  finishAll(plot: number): boolean {
    return Atomics.exchange(this.#numbers, this.#leftOf(plot), 0) > 0;
  }

  /** Marks a plot as one that cannot be read; true for whoever says so first. */
  fail(plot: number): boolean {
    return Atomics.exchange(this.#numbers, this.#leftOf(plot), -(2 ** 30)) > 0;
  }

  /** Whether nothing more is to be done for a plot: it failed, or has a leaf that is good enough. */
  isOver(plot: number): boolean {
    return Atomics.load(this.#numbers, this.#leftOf(plot)) <= 0;
  }

  #leftOf(plot: number): number {
    return FIRST_BEAT + this.#threads + plot;
  }
}
