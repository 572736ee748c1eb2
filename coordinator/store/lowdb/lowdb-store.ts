import { join } from 'node:path';
import { nodeDisk, systemProcesses } from '../../../common/disk/index.js';
import type { Disk, Lock, Processes } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { silentLogger } from '../../../common/observe/logger.js';
import type { Logger } from '../../../common/observe/logger.js';
import { countTouched } from '../../instances/instance-rows.js';
import type { Store, StoreCommit, StoredFleet } from '../store.js';
import { commitRefusal, stateError } from '../records/commit-refusal.js';
import type { JournalCommit } from '../records/commit-codec.js';
import { GroupCommit } from '../records/group-commit.js';
import { healTail } from './heal-tail.js';
import { lockStore } from './store-lock.js';
import type { Mirror } from '../records/mirror.js';
import { requireStartable } from './move-standing.js';
import { instancesName } from './names.js';
import { BEGINNING, readStore } from './read-store.js';
import type { StoreReading } from './read-store.js';
import { SegmentWriter } from './segment-writer.js';
import { Snapshots } from './snapshots.js';

/** What the embedded store may be told; everything has a default. */
export interface LowdbStoreOptions {
  readonly logger?: Logger;
  readonly disk?: Disk;
  readonly processes?: Processes;
  /** Size at which a journal segment is followed by the next; default 4 MiB. */
  readonly segmentBytes?: number;
  /** Journal written since the last snapshot at which the next is taken, or that snapshot's size if larger; default 16 MiB. */
  readonly snapshotBytes?: number;
  /** Commits kept for `StoredFleet.recent`; default 10,000. */
  readonly recentCommits?: number;
}

const MEBIBYTE = 1024 * 1024;
/**
 * Some milliseconds of encoding for one write, for which the event loop is held; a larger commit is written alone. A busy
 * disk takes a quarter of a second for a write of whatever size, so what a write takes bounds what becomes durable.
 */
const BATCH_CHANGES = 32_768;
/** Changes that may wait for the disk, about 1 GB of them; a disk that lets more pile up has failed. */
const QUEUE_CHANGES = 4_000_000;
/** Bounds of `StoredFleet.recent` beside the number of commits, so that busy commits do not slow a start. */
const RECENT_BOUNDS = { changes: 100_000, bytes: 2 * MEBIBYTE };

/** Opens the embedded store of a folder; nothing is touched before `load`. */
export function openLowdbStore(folder: string, options: LowdbStoreOptions = {}): Store {
  return new LowdbStore(folder, {
    logger: options.logger ?? silentLogger,
    disk: options.disk ?? nodeDisk,
    processes: options.processes ?? systemProcesses(),
    segmentBytes: options.segmentBytes ?? 4 * MEBIBYTE,
    snapshotBytes: options.snapshotBytes ?? 16 * MEBIBYTE,
    recentCommits: options.recentCommits ?? 10_000,
  });
}

/** What a loaded store holds. */
interface Opened {
  readonly lock: Lock;
  readonly mirror: Mirror;
  readonly snapshots: Snapshots;
  segment: SegmentWriter;
}

/**
 * A journal that takes every commit, and snapshots of the records it leads to.
 *
 * Invariants: the mirror and the snapshots hold durable commits alone; a segment is only followed by the next when all
 * in it is durable; after the first failed write nothing is written to the journal any more.
 */
class LowdbStore implements Store {
  readonly #folder: string;
  readonly #options: Required<LowdbStoreOptions>;
  readonly #queue: GroupCommit<JournalCommit>;
  #opened: Opened | undefined;
  #status: 'new' | 'open' | 'closed' = 'new';
  #revision = 0;
  #epoch = 0;

  constructor(folder: string, options: Required<LowdbStoreOptions>) {
    this.#folder = folder;
    this.#options = options;
    this.#queue = new GroupCommit(
      { write: (items) => this.#write(items), between: () => this.#between(), failure: failedError },
      { batchWeight: BATCH_CHANGES, queueWeight: QUEUE_CHANGES },
    );
  }

  async load(): Promise<StoredFleet> {
    if (this.#status !== 'new') throw stateError('store_loaded', 'the store was loaded already');
    this.#status = 'closed';
    const { disk, processes } = this.#options;
    try {
      await disk.makeFolder(this.#folder);
      const lock = await lockStore(disk, this.#folder, processes);
      const fleet = await this.#openLocked(lock);
      this.#status = 'open';
      return fleet;
    } catch (thrown) {
      throw failedError(thrown);
    }
  }

  commit(commit: StoreCommit, epoch: number): Promise<void> {
    const refusal = this.#queue.failure ?? this.#refusal(commit, epoch);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#revision = commit.revision;
    this.#epoch = epoch;
    return this.#queue.add({ commit, epoch }, 1 + countTouched(commit.changes));
  }

  async close(): Promise<void> {
    this.#status = 'closed';
    await this.#queue.idle();
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    try {
      await opened.snapshots.idle();
      if (this.#queue.failure === undefined) await this.#lastSnapshot(opened);
    } catch (thrown) {
      this.#warn(thrown, 'no snapshot could be taken at the end; the next start replays the journal');
    }
    try {
      await opened.segment.close();
      await opened.lock.release();
    } catch (thrown) {
      this.#warn(thrown, 'the lock could not be released; the next start takes it over');
    }
  }

  #warn(thrown: unknown, message: string): void {
    this.#options.logger.warn({ err: thrown, folder: this.#folder }, message);
  }

  async #openLocked(lock: Lock): Promise<StoredFleet> {
    try {
      return await this.#open(lock);
    } catch (thrown) {
      await lock.release().catch(() => undefined); // why the load failed matters more
      throw thrown;
    }
  }

  async #open(lock: Lock): Promise<StoredFleet> {
    const { disk, logger, recentCommits, snapshotBytes } = this.#options;
    await requireStartable(disk, this.#folder);
    const reading = await readStore(disk, this.#folder, { commits: recentCommits, ...RECENT_BOUNDS });
    const warnings = await this.#heal(reading);
    const { mirror, revision, epoch } = reading;
    const sequence = reading.tail === undefined ? BEGINNING.sequence : reading.tail.scan.start.sequence + 1;
    await lock.check();
    const segment = await SegmentWriter.create(disk, this.#folder, { sequence, revision, epoch: epoch + 1 });
    const place = { disk, logger, folder: this.#folder };
    const snapshots = new Snapshots(place, { bytes: snapshotBytes, recentCommits }, reading);
    [this.#revision, this.#epoch] = [revision, epoch + 1];
    this.#opened = { lock, mirror, snapshots, segment };
    const records = mirror.freeze();
    if (snapshots.due(segment.bytes)) snapshots.begin(segment.start, records);
    const { documents, instances, lastRevisions } = records;
    return { epoch, revision, documents, instances, lastRevisions, recent: reading.recent, warnings };
  }

  async #heal({ files, tail }: StoreReading): Promise<string[]> {
    const { disk } = this.#options;
    const leftOver = [...files.temporary, ...files.unfinished.map(instancesName)];
    for (const name of leftOver) await disk.remove(join(this.#folder, name));
    if (tail === undefined) return [];
    const cutBytes = await healTail(disk, this.#folder, tail);
    if (cutBytes === 0) return [];
    return [`${tail.name}: dropped ${String(cutBytes)} bytes of a torn write at byte ${String(tail.scan.end)}`];
  }

  #refusal(commit: StoreCommit, epoch: number): HeadframeError | undefined {
    const at = { isOpen: this.#status === 'open', epoch: this.#epoch, revision: this.#revision };
    return commitRefusal(at, commit, epoch);
  }

  async #write(items: readonly JournalCommit[]): Promise<void> {
    const opened = this.#present();
    await opened.segment.append(items);
    for (const { commit } of items) for (const change of commit.changes) opened.mirror.apply(change, commit.revision);
  }

  async #between(): Promise<void> {
    const opened = this.#present();
    const { segment, snapshots, mirror } = opened;
    if (snapshots.due(segment.bytes)) {
      await this.#rotate(opened);
      snapshots.begin(opened.segment.start, mirror.freeze());
    } else if (segment.bytes >= this.#options.segmentBytes) {
      await this.#rotate(opened);
    }
  }

  async #rotate(opened: Opened): Promise<void> {
    await opened.lock.check();
    const { segment, snapshots } = opened;
    const start = { sequence: segment.start.sequence + 1, revision: segment.revision, epoch: this.#epoch };
    opened.segment = await SegmentWriter.create(this.#options.disk, this.#folder, start);
    snapshots.segmentEnded(segment.bytes);
    await segment.close();
  }

  async #lastSnapshot(opened: Opened): Promise<void> {
    if (opened.segment.revision === opened.snapshots.revision) return;
    await this.#rotate(opened);
    opened.snapshots.begin(opened.segment.start, opened.mirror.freeze());
    await opened.snapshots.idle();
  }

  #present(): Opened {
    if (this.#opened === undefined) throw stateError('store_closed', 'the store is not open');
    return this.#opened;
  }
}

// What the disk said is the cause; refusals of our own say it better themselves.
function failedError(cause: unknown): HeadframeError {
  if (cause instanceof HeadframeError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_failed',
    message: `the store's disk failed: ${text}`,
    remedy: 'Free or repair the disk, then start the coordinator again: nothing acknowledged is lost.',
    cause,
  });
}
