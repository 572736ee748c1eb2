import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Store, StoreCommit, StoredFleet } from '../store/store.js';
import { compacted } from './commit-ring.js';
import { DurableCommits } from './durable-commits.js';
import { Listeners } from './listeners.js';
import type { Committed, FleetPort, Transaction } from './port.js';
import { Records } from './records.js';
import { FleetTransaction } from './transaction.js';
import { FleetView } from './view.js';

/** What a fleet needs beside its store. */
export interface FleetOptions {
  readonly clock: Clock;
  /** Silent when left out. */
  readonly logger?: Logger;
  /** Changes and events that watches can go back over; 200,000 when left out. */
  readonly watchDepth?: number;
  /** Why nothing may be changed at this moment; undefined while it may, and when left out. */
  readonly refusal?: (() => HeadframeError | undefined) | undefined;
}

/** Loads the store and opens the fleet in it. Throws what `Store.load` throws. */
export async function openFleet(store: Store, options: FleetOptions): Promise<Fleet> {
  const stored = await store.load();
  for (const warning of stored.warnings) options.logger?.warn({ warning }, 'the store had to be recovered');
  return new Fleet(store, { stored, records: await Records.open(stored) }, options);
}

/**
 * The fleet's records in memory and the only way to change them.
 *
 * Invariants: a commit is in memory at once and in the store in the order of revisions; listeners of `onApplied` hear it
 * before, those of `onDurable` and watches after it is durable; after a failure of the store nothing changes any more.
 */
export class Fleet extends FleetView implements FleetPort {
  readonly failed: Promise<Error>;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #refusal: FleetOptions['refusal'];
  readonly #records: Records;
  readonly #applied: Listeners;
  readonly #durable: DurableCommits;
  #tail: Promise<void> = Promise.resolve();
  #transacting = false;
  #failure: Error | undefined;
  #tellFailed: (cause: Error) => void = () => undefined;

  constructor(
    store: Store,
    { stored, records }: { readonly stored: StoredFleet; readonly records: Records },
    options: FleetOptions,
  ) {
    super(records);
    this.#records = records;
    this.#store = store;
    this.#clock = options.clock;
    this.#refusal = options.refusal;
    this.#applied = new Listeners(options.logger ?? silentLogger);
    this.#durable = new DurableCommits(stored, options);
    this.failed = new Promise((resolve) => (this.#tellFailed = resolve));
  }

  transact<T>(fn: (tx: Transaction) => T): Committed<T> {
    if (this.#failure !== undefined) throw storeFailed(this.#failure);
    if (this.#transacting) throw nested();
    // What is changed goes to the store in this very turn.
    const refused = this.#refusal?.();
    if (refused !== undefined) throw refused;
    const { value, commit } = this.#run(fn);
    if (commit !== undefined) {
      this.#commit(commit);
      this.#applied.tell(commit);
    }
    // Without changes the answer may rest on earlier commits, so it waits for those.
    return { value, revision: commit?.revision ?? this.revision, durable: this.#tail };
  }

  onApplied(listener: (commit: StoreCommit) => void): () => void {
    return this.#applied.add(listener);
  }

  onDurable(listener: (commit: StoreCommit) => void): () => void {
    return this.#durable.listen(listener);
  }

  watch(afterRevision: number, signal: AbortSignal): AsyncGenerator<StoreCommit, void, undefined> {
    const isAhead = afterRevision > this.revision;
    return this.#durable.after(afterRevision, signal, isAhead ? compacted(afterRevision, this.revision) : undefined);
  }

  #run<T>(fn: (tx: Transaction) => T): { value: T; commit: StoreCommit | undefined } {
    const tx = new FleetTransaction(this.#records, this.#clock.nowMs());
    this.#transacting = true;
    try {
      const value = fn(tx);
      return { value, commit: tx.seal() };
    } catch (cause) {
      tx.undo();
      throw cause;
    } finally {
      this.#transacting = false;
    }
  }

  #commit(commit: StoreCommit): void {
    const previous = this.#tail;
    this.#tail = this.#store
      .commit(commit, this.epoch)
      .then(() => previous)
      .then(
        () => this.#becomeDurable(commit),
        (cause: unknown) => this.#fail(cause),
      );
    // Nobody has to await a commit; the failure is told by `failed`.
    this.#tail.catch(() => undefined);
  }

  #becomeDurable(commit: StoreCommit): void {
    this.#durable.push(commit);
  }

  #fail(cause: unknown): never {
    if (this.#failure === undefined) {
      this.#failure = cause instanceof Error ? cause : new Error('the store failed', { cause });
      this.#tellFailed(this.#failure);
    }
    throw storeFailed(this.#failure);
  }
}

function storeFailed(cause: Error): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_failed',
    message: 'the store has failed; nothing can be changed until the coordinator starts again',
    remedy: "See the coordinator's log, then run: headframe store check.",
    cause,
  });
}

function nested(): HeadframeError {
  return new HeadframeError({
    code: 'internal',
    reason: 'transaction_nested',
    message: 'a transaction was begun inside another',
  });
}
