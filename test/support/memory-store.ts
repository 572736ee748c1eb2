import { HeadframeError } from '../../common/model/error.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { recordsIn } from '../../coordinator/instances/instance-rows.js';
import { DATED_TABLES, DOCUMENT_TABLES } from '../../coordinator/store/store.js';
import type {
  DatedTable,
  DocumentTable,
  Store,
  StoreChange,
  StoreCommit,
  StoredFleet,
} from '../../coordinator/store/store.js';

interface Waiting {
  readonly commit: StoreCommit;
  readonly epoch: number;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** What survives: the "disk". Documents are kept as JSON text, as any real store would. */
class Disk {
  epoch = 0;
  revision = 0;
  readonly documents = new Map<DocumentTable, Map<string, string>>(DOCUMENT_TABLES.map((table) => [table, new Map()]));
  readonly lastRevisions = new Map<DatedTable, Map<string, number>>(DATED_TABLES.map((table) => [table, new Map()]));
  readonly instances = new Map<number, InstanceRecord>();
  readonly commits: StoreCommit[] = [];

  write(commit: StoreCommit): void {
    for (const change of commit.changes) this.#apply(change, commit.revision);
    this.revision = commit.revision;
    this.commits.push(commit);
  }

  #apply(change: StoreChange, revision: number): void {
    switch (change.kind) {
      case 'document':
        this.documents.get(change.table)?.set(change.key, JSON.stringify(change.value));
        this.lastRevisions.get(change.table as DatedTable)?.set(change.key, revision);
        break;
      case 'documentRemoved':
        this.documents.get(change.table)?.delete(change.key);
        this.lastRevisions.get(change.table as DatedTable)?.delete(change.key);
        break;
      case 'instance':
        this.instances.set(change.record.serial, change.record);
        break;
      case 'instances':
        for (const record of recordsIn(change.rows)) this.instances.set(record.serial, record);
        break;
      case 'instanceRemoved':
        this.instances.delete(change.serial);
        break;
    }
  }
}

/** A store in memory: durable after a microtask; tests can hold commits back, fail it, and crash and reopen it. */
export class MemoryStore implements Store {
  readonly #disk: Disk;
  readonly #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #lastRevision = 0;
  #held = false;
  #failure: Error | undefined;

  /** Starts empty. */
  constructor(disk = new Disk()) {
    this.#disk = disk;
  }

  /** The durable commits, in order, since the disk was new. */
  get commits(): readonly StoreCommit[] {
    return this.#disk.commits;
  }

  /** Commits that are not durable yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Keeps commits from becoming durable until `release`. */
  hold(): void {
    this.#held = true;
  }

  /** Lets commits become durable again, those held back included. */
  release(): void {
    this.#held = false;
    this.#flushSoon();
  }

  /** Breaks the store for good: commits that wait and those to come are rejected. */
  fail(cause: Error = new Error('disk broke')): void {
    this.#failure = cause;
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }

  /** The same disk after a crash: what was not durable is gone. */
  reopen(): MemoryStore {
    this.fail(new Error('crashed'));
    return new MemoryStore(this.#disk);
  }

  /** Another's view of the same disk: once that has loaded, nothing more of this one becomes durable. */
  another(): MemoryStore {
    return new MemoryStore(this.#disk);
  }

  async load(): Promise<StoredFleet> {
    this.#disk.epoch += 1;
    this.#lastRevision = this.#disk.revision;
    const documents = [...this.#disk.documents].map(([table, texts]) => [table, parseAll(texts)] as const);
    return {
      epoch: this.#disk.epoch - 1,
      revision: this.#disk.revision,
      documents: new Map(documents),
      instances: [...this.#disk.instances.values()],
      lastRevisions: new Map([...this.#disk.lastRevisions].map(([table, dates]) => [table, new Map(dates)])),
      recent: [...this.#disk.commits],
      warnings: [],
    };
  }

  commit(commit: StoreCommit, epoch: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (epoch < this.#disk.epoch || commit.revision !== this.#lastRevision + 1)
      return Promise.reject(refused(commit, epoch));
    this.#lastRevision = commit.revision;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, epoch, resolve, reject });
      this.#flushSoon();
    });
  }

  async close(): Promise<void> {
    await this.#flushing;
  }

  #flushSoon(): void {
    this.#flushing ??= Promise.resolve().then(() => {
      this.#flushing = undefined;
      if (this.#held) return;
      for (const { commit, epoch, resolve, reject } of this.#waiting.splice(0)) {
        if (epoch < this.#disk.epoch) reject(refused(commit, epoch));
        else {
          this.#disk.write(commit);
          resolve();
        }
      }
    });
  }
}

function refused({ revision }: StoreCommit, epoch: number): HeadframeError {
  const message = `commit ${String(revision)} of epoch ${String(epoch)} is out of turn`;
  return new HeadframeError({ code: 'failed_precondition', reason: 'commit_refused', message });
}

function parseAll(texts: ReadonlyMap<string, string>): Map<string, object> {
  // Only objects were stringified.
  return new Map([...texts].map(([key, text]) => [key, JSON.parse(text) as object]));
}
