import { HeadframeError } from '../../../common/model/error.js';
import { countTouched } from '../../instances/instance-rows.js';
import { startRefusal } from '../move/index.js';
import { commitRefusal, stateError } from '../records/commit-refusal.js';
import { ByteWriter } from '../records/byte-writer.js';
import { CommitEncoder } from '../records/commit-codec.js';
import type { JournalCommit } from '../records/commit-codec.js';
import { writeFrame } from '../records/frame.js';
import { GroupCommit } from '../records/group-commit.js';
import type { Mirror } from '../records/mirror.js';
import type { Store, StoreCommit, StoredFleet } from '../store.js';
import { guarded } from './guarded-streams.js';
import { Journal, claim } from './journal.js';
import { encodeLogMessage, partsOf, writerTag } from './log-message.js';
import type { SegmentPlace } from './log-reader.js';
import { LogSnapshots } from './log-snapshots.js';
import { NatsPlace } from './nats-place.js';
import type { LogPlace, LogStreams } from './log-place.js';
import { settingsOf } from './options.js';
import type { JetStreamStoreOptions, LogSettings } from './options.js';
import { Patience } from './patience.js';
import { Reading } from './reading.js';
import { keptSegments } from './retention.js';
import { WitnessKeeper } from './witness-keeper.js';
import { cutRefusal, readWitness } from './witness.js';
import type { WitnessRead } from './witness.js';

const MEBIBYTE = 1024 * 1024;
/** Bounds what one append encodes at once, for which the event loop is held. */
const BATCH_CHANGES = 32_768;
/** Changes that may wait, about 1 GB of them; servers that let more pile up have failed. */
const QUEUE_CHANGES = 4_000_000;
/** Bounds of `StoredFleet.recent` beside the number of commits, so that busy commits do not slow a start. */
const RECENT_BOUNDS = { changes: 100_000, bytes: 2 * MEBIBYTE };

/** Opens the store of a cluster of coordinators; nothing is asked or made before `load`. */
export function openJetStreamStore(options: JetStreamStoreOptions): Store {
  const settings = settingsOf(options);
  return openLogStore(new NatsPlace({ ...options, ...settings }), settings);
}

/** Opens the store of such a place. */
export function openLogStore(place: LogPlace, settings: LogSettings): Store {
  return new JetStreamStore(place, settings);
}

/** What a loaded store holds. */
interface Opened {
  readonly streams: LogStreams;
  readonly mirror: Mirror;
  readonly journal: Journal;
  readonly snapshots: LogSnapshots;
  readonly witness: WitnessKeeper | undefined;
  segments: readonly SegmentPlace[];
  /** Bytes of messages up to the end. */
  offset: number;
  encoder: CommitEncoder;
}

/**
 * A journal in a replicated stream that takes every commit, and snapshots of the records it leads to.
 *
 * Invariants: the mirror and the snapshots hold durable commits alone; nothing is appended behind what another wrote; after
 * the first failed append nothing is appended any more; the journal is cut only before what a whole snapshot needs.
 */
class JetStreamStore implements Store {
  readonly #place: LogPlace;
  readonly #settings: LogSettings;
  readonly #queue: GroupCommit<JournalCommit>;
  readonly #writer = new ByteWriter();
  readonly #writerId: string;
  readonly #writerTag: number;
  readonly #closing = new AbortController();
  #opened: Opened | undefined;
  #status: 'new' | 'open' | 'closed' = 'new';
  #revision = 0;
  #durable = 0;
  #epoch = 0;
  #group = 0;

  constructor(place: LogPlace, settings: LogSettings) {
    this.#place = place;
    this.#settings = settings;
    this.#writerId = settings.newId();
    this.#writerTag = writerTag(this.#writerId);
    this.#queue = new GroupCommit(
      { write: (items) => this.#write(items), between: () => this.#between(), failure: failedError },
      { batchWeight: BATCH_CHANGES, queueWeight: QUEUE_CHANGES },
    );
  }

  async load(): Promise<StoredFleet> {
    if (this.#status !== 'new') throw stateError('store_loaded', 'the store was loaded already');
    this.#status = 'closed';
    try {
      const fleet = await this.#open(guarded(await this.#place.open(this.#patience), this.#settings.refusal));
      this.#status = 'open';
      return fleet;
    } catch (thrown) {
      // Why the load failed matters more.
      await this.#place.close().catch(() => undefined);
      throw failedError(thrown);
    }
  }

  commit(commit: StoreCommit, epoch: number): Promise<void> {
    const refusal = this.#queue.failure ?? this.#refusal(commit, epoch);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#revision = commit.revision;
    return this.#queue.add({ commit, epoch }, 1 + countTouched(commit.changes));
  }

  async close(): Promise<void> {
    this.#status = 'closed';
    await this.#queue.idle();
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    // One that is not whole does no harm; whoever comes next takes another.
    this.#closing.abort();
    await Promise.all([opened.snapshots.idle(), opened.witness?.close()]);
    await this.#place.close().catch((thrown: unknown) => {
      this.#settings.logger.warn({ err: thrown }, 'the connection of the store could not be closed in order');
    });
  }

  async #open(streams: LogStreams): Promise<StoredFleet> {
    const { recentCommits: commits, format, syncMs, witness } = this.#settings;
    // Before the journal, which must have all of it, though others write meanwhile.
    const noted = await readWitness(witness, this.#patience());
    const limits = { commits, changes: RECENT_BOUNDS.changes, format, mayLack: syncMs() > 0 };
    let reading = await Reading.open(streams, limits, this.#patience);
    while (!(await this.#takeOver(streams, reading, noted))) {
      if (!(await reading.goOn(this.#patience))) reading = await Reading.open(streams, limits, this.#patience);
    }
    return this.#begin(streams, reading, noted);
  }

  /**
   * Begins the next epoch, above all that anybody knows of, right behind what was read; false when there is more to read. Only then
   * is it certain where the journal ends: throws `HeadframeError` (data_loss, 'store_cut') where that is before what is noted.
   */
  async #takeOver({ journal }: LogStreams, reading: Reading, { witnessed }: WitnessRead): Promise<boolean> {
    const { reader, epoch, revision } = reading;
    const moved = startRefusal(reader.standing);
    if (moved !== undefined) throw moved;
    const message = this.#segmentMessage(Math.max(epoch, witnessed?.epoch ?? 0) + 1, revision);
    if (!(await claim(journal, message, reader.last, this.#patience()))) return false;
    const cut = cutRefusal(witnessed, { stream: journal.name, epoch, revision });
    if (cut !== undefined) throw cut;
    reader.read(reader.last + 1, message);
    return true;
  }

  #begin(streams: LogStreams, reading: Reading, { at }: WitnessRead): StoredFleet {
    const { reader, revision, mirror, closing } = reading;
    this.#epoch = reader.epoch;
    [this.#revision, this.#durable] = [revision, revision];
    const last = reader.segments.find(({ sequence }) => sequence === closing?.sequence) ?? reader.segments[0];
    if (last === undefined) throw new Error('a journal that was taken over has no segment');
    const opened: Opened = {
      streams,
      mirror,
      journal: new Journal(streams.journal, this.#patience, {
        ...{ epoch: this.#epoch, writer: this.#writerTag },
        last: reader.last,
      }),
      snapshots: this.#snapshotsOf(streams, last, closing?.totalBytes ?? 0),
      witness: this.#witnessKeeper(at),
      segments: reader.segments,
      offset: reader.bytes,
      encoder: new CommitEncoder(),
    };
    this.#opened = opened;
    this.#witness(opened);
    const records = mirror.freeze();
    const newest = reader.segments.at(-1);
    const isDue = reading.isBehind || opened.snapshots.due({ sequence: reader.last, offset: reader.bytes });
    if (newest !== undefined && isDue) opened.snapshots.begin(newest, records);
    const { documents, instances, lastRevisions } = records;
    const { warnings } = reading;
    const recent = reading.recent();
    return { epoch: this.#epoch - 1, revision, documents, instances, lastRevisions, recent, warnings };
  }

  #snapshotsOf(streams: LogStreams, last: SegmentPlace, snapshotBytes: number): LogSnapshots {
    const { logger, newId, snapshotBytes: bytes, clock, syncMs } = this.#settings;
    const parts = {
      ...{ stream: streams.snapshots, chunkBytes: streams.messageBytes, logger, newId, bytes, clock, syncMs },
      patience: this.#patience,
      signal: this.#closing.signal,
      cut: (start: SegmentPlace) => this.#cut(start),
    };
    return new LogSnapshots(parts, last, snapshotBytes);
  }

  #witnessKeeper(revision: number): WitnessKeeper | undefined {
    const { witness: place, ...parts } = this.#settings;
    return place && new WitnessKeeper({ ...parts, place }, { revision, epoch: this.#epoch });
  }

  #witness({ witness, journal }: Opened): void {
    witness?.note({ epoch: this.#epoch, revision: this.#durable, sequence: journal.last });
  }

  /** Removes what of the journal a whole snapshot makes needless. */
  async #cut({ sequence }: SegmentPlace): Promise<void> {
    const opened = this.#present();
    const kept = { commits: this.#settings.recentCommits, bytes: RECENT_BOUNDS.bytes };
    opened.segments = keptSegments(opened.segments, sequence, kept);
    const [first] = opened.segments;
    const { journal } = opened.streams;
    if (first !== undefined) await this.#patience().ask(() => journal.removeBefore(first.sequence));
  }

  #refusal(commit: StoreCommit, epoch: number): HeadframeError | undefined {
    const at = { isOpen: this.#status === 'open', epoch: this.#epoch, revision: this.#revision };
    return commitRefusal(at, commit, epoch);
  }

  async #write(items: readonly JournalCommit[]): Promise<void> {
    const opened = this.#present();
    this.#writer.clear();
    for (const item of items) writeFrame(this.#writer, 0, () => opened.encoder.write(this.#writer, item));
    const frames = this.#writer.view();
    await this.#append(opened, () => {
      this.#group += 1;
      return partsOf(frames, opened.streams.messageBytes, {
        epoch: this.#epoch,
        writer: this.#writerTag,
        group: this.#group,
      });
    });
    this.#durable = items.at(-1)?.commit.revision ?? this.#durable;
    this.#witness(opened);
    for (const { commit } of items) for (const change of commit.changes) opened.mirror.apply(change, commit.revision);
  }

  async #between(): Promise<void> {
    const opened = this.#present();
    const { snapshots, mirror, segments, journal } = opened;
    if (snapshots.due({ sequence: journal.last, offset: opened.offset })) {
      snapshots.begin(await this.#rotate(opened), mirror.freeze());
    } else if (opened.offset - (segments.at(-1)?.offset ?? 0) >= this.#settings.segmentBytes) {
      await this.#rotate(opened);
    }
  }

  /** Begins a segment that nothing before is needed for to be read. */
  async #rotate(opened: Opened): Promise<SegmentPlace> {
    const { offset } = opened;
    await this.#append(opened, () => [this.#segmentMessage(this.#epoch, this.#durable)]);
    const place = { sequence: opened.journal.last, revision: this.#durable, epoch: this.#epoch, offset };
    opened.segments = [...opened.segments, place];
    opened.encoder = new CommitEncoder();
    return place;
  }

  async #append(opened: Opened, make: () => readonly Buffer[]): Promise<void> {
    let bytes = 0;
    await opened.journal.append(() => {
      const messages = make();
      bytes = messages.reduce((sum, { length }) => sum + length, 0);
      return messages;
    });
    opened.offset += bytes;
  }

  #segmentMessage(epoch: number, revision: number): Buffer {
    const { format } = this.#settings;
    return encodeLogMessage({ kind: 'segment', format, epoch, revision, writer: this.#writerId });
  }

  readonly #patience = (): Patience => {
    const { clock, commitTimeoutMs: limitMs, refusal } = this.#settings;
    return new Patience({ clock, limitMs, refusal, signal: this.#closing.signal });
  };

  #present(): Opened {
    if (this.#opened === undefined) throw stateError('store_closed', 'the store is not open');
    return this.#opened;
  }
}

// What NATS said is the cause; refusals of our own say it better themselves.
function failedError(cause: unknown): HeadframeError {
  if (cause instanceof HeadframeError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_failed',
    message: `the store over NATS failed: ${text}`,
    remedy: "See the NATS servers' logs, then start the coordinator again: nothing acknowledged is lost.",
    cause,
  });
}
