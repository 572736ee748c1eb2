import type { Clock } from '../../common/model/clock.js';
import type { HeadframeError } from '../../common/model/error.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Logger } from '../../common/observe/logger.js';
import type { StoreCommit, StoredFleet } from '../store/store.js';
import { DurableCommits } from './durable-commits.js';
import { Listeners } from './listeners.js';
import type { Committed, FleetPort, Transaction } from './port.js';
import { Records } from './records.js';
import { FleetTransaction } from './transaction.js';
import { FleetView } from './view.js';

/** What a fleet that another coordinator changes needs. */
export interface FollowedOptions {
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Why nothing is changed here. */
  readonly refusal: () => HeadframeError;
  /** Why nothing is told after a revision that has not been heard of yet. */
  readonly behind: () => HeadframeError;
}

/** The fleet's records as another coordinator changes them: to be read and watched; what would change them is refused. */
export class FollowedFleet extends FleetView implements FleetPort {
  /** It has no store that could fail. */
  readonly failed = new Promise<Error>(() => undefined);
  readonly #options: FollowedOptions;
  readonly #records: Records;
  readonly #applied: Listeners;
  readonly #durable: DurableCommits;

  /** Begins with what is stored. */
  static async open(stored: StoredFleet, options: FollowedOptions): Promise<FollowedFleet> {
    // Records are made for who is about to write; this epoch is another's.
    return new FollowedFleet(stored, await Records.open({ ...stored, epoch: stored.epoch - 1 }), options);
  }

  /** See `open`. */
  constructor(stored: Pick<StoredFleet, 'revision' | 'recent'>, records: Records, options: FollowedOptions) {
    super(records);
    this.#options = options;
    this.#records = records;
    this.#applied = new Listeners(options.logger ?? silentLogger);
    this.#durable = new DurableCommits(stored, options);
  }

  /** Takes over the next commit, which is durable, of a coordinator of that epoch. */
  take(commit: StoreCommit, epoch: number): void {
    const adopted = this.#records.adopt(commit);
    this.#records.epoch = epoch;
    this.#applied.tell(adopted);
    this.#durable.push(adopted);
  }

  transact<T>(fn: (tx: Transaction) => T): Committed<T> {
    const { clock, refusal } = this.#options;
    const value = fn(new RefusedTransaction(this.#records, clock.nowMs(), refusal));
    return { value, revision: this.revision, durable: Promise.resolve() };
  }

  onApplied(listener: (commit: StoreCommit) => void): () => void {
    return this.#applied.add(listener);
  }

  onDurable(listener: (commit: StoreCommit) => void): () => void {
    return this.#durable.listen(listener);
  }

  watch(afterRevision: number, signal: AbortSignal): AsyncIterable<StoreCommit> {
    const isAhead = afterRevision > this.revision;
    return this.#durable.after(afterRevision, signal, isAhead ? this.#options.behind() : undefined);
  }
}

/** Reads, and writes nothing. */
class RefusedTransaction extends FleetTransaction {
  readonly #records: Records;
  readonly #refusal: () => HeadframeError;

  constructor(records: Records, atMs: number, refusal: () => HeadframeError) {
    super(records, atMs);
    this.#records = records;
    this.#refusal = refusal;
  }

  override get revision(): number {
    return this.#records.revision;
  }

  protected override writing(): never {
    throw this.#refusal();
  }
}
