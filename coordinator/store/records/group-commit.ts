/** Items that become durable together. */
interface Batch<T> {
  readonly items: T[];
  weight: number;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What the queue calls, never two at once. */
export interface GroupCommitSteps<T> {
  /** Makes the items durable, all or none, in their order. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** Called between writes, after their items were acknowledged. */
  readonly between: () => Promise<void>;
  /** What the queue is rejected with because of `cause`. */
  readonly failure: (cause: unknown) => Error;
}

/** Bounds of the queue, in the caller's unit of weight. */
export interface GroupCommitLimits {
  /** A batch takes no more items once it weighs this. */
  readonly batchWeight: number;
  /** Weight that may wait; an item beyond it fails the queue. */
  readonly queueWeight: number;
}

/**
 * Gathers items while a write is under way and hands them over together, in order. The first failure is final: all that
 * waits and all that comes later is rejected with it, so nothing is ever written after a hole.
 */
export class GroupCommit<T> {
  readonly #steps: GroupCommitSteps<T>;
  readonly #limits: GroupCommitLimits;
  readonly #waiting: Batch<T>[] = [];
  #waitingWeight = 0;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(steps: GroupCommitSteps<T>, limits: GroupCommitLimits) {
    this.#steps = steps;
    this.#limits = limits;
  }

  /** What every further item is rejected with; undefined while all is well. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves once the item is durable; items of one batch share the promise. */
  add(item: T, weight: number): Promise<void> {
    if (this.#waitingWeight + weight > this.#limits.queueWeight && this.#waitingWeight > 0) {
      this.fail('too much waits to be written');
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const batch = this.#openBatch();
    batch.items.push(item);
    batch.weight += weight;
    this.#waitingWeight += weight;
    this.#running ??= this.#run();
    return batch.done;
  }

  /** Rejects all that waits and all that comes; the first failure stays. */
  fail(cause: unknown): void {
    this.#failure ??= this.#steps.failure(cause);
    for (const batch of this.#waiting.splice(0)) batch.reject(this.#failure);
  }

  /** Resolves once nothing is being written and nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #openBatch(): Batch<T> {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.weight < this.#limits.batchWeight) return last;
    const batch = newBatch<T>();
    this.#waiting.push(batch);
    return batch;
  }

  async #run(): Promise<void> {
    // What is added in the same turn goes into the same write.
    await Promise.resolve();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      this.#waitingWeight -= batch.weight;
      await this.#writeBatch(batch);
    }
    this.#running = undefined;
  }

  async #writeBatch(batch: Batch<T>): Promise<void> {
    try {
      await this.#steps.write(batch.items);
      batch.resolve();
      await this.#steps.between();
    } catch (thrown) {
      this.fail(thrown);
      batch.reject(this.#failure);
    }
  }
}

function newBatch<T>(): Batch<T> {
  let [resolve, reject]: [() => void, (reason: unknown) => void] = [() => undefined, () => undefined];
  const done = new Promise<void>((resolved, rejected) => {
    [resolve, reject] = [resolved, rejected];
  });
  // Whoever does not wait for its commit learns of the failure at the next one.
  done.catch(() => undefined);
  return { items: [], weight: 0, done, resolve, reject };
}
