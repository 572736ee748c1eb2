import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { missingError, startRefusal } from '../move/index.js';
import type { Holdings, MoveMark, MoveSide, MoveSource, MoveStanding, MoveTarget } from '../move/index.js';
import { ByteWriter } from '../records/byte-writer.js';
import { CommitEncoder } from '../records/commit-codec.js';
import { writeFrame } from '../records/frame.js';
import type { StoreCommit } from '../store.js';
import { streamDamage } from './damage.js';
import { Journal, claim } from './journal.js';
import { LOG_FORMAT, decodeLogMessage, encodeLogMessage, partsOf, writerTag } from './log-message.js';
import type { LogMessage, LogMove } from './log-message.js';
import type { SegmentPlace } from './log-reader.js';
import type { LogStream } from './log-stream.js';
import type { LogStreams } from './log-place.js';
import { Patience } from './patience.js';
import { Reading } from './reading.js';
import { writeSnapshot } from './snapshot.js';

/** The streams of a cluster's store, and what is told by whom works with them. */
export interface ClusterEndParts {
  readonly cluster: string;
  /** Undefined where there are none. */
  readonly find: () => Promise<LogStreams | undefined>;
  /** Makes them where they are missing, if the servers are to be trusted with a store. */
  readonly make: () => Promise<LogStreams>;
  /** Whether servers write late, and may have lost what a snapshot still has. */
  readonly mayLack: boolean;
  readonly clock: Clock;
  readonly newId: () => string;
  /** How long servers may be away, in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** As many of the last commits as a start reads again. */
const RECENT = { commits: 10_000, changes: 100_000 };

/** How people know the store of a cluster. */
export function clusterSide(cluster: string): MoveSide {
  return { kind: 'jetstream', where: `cluster ${cluster} in NATS` };
}

/** The store of a cluster as an end of a move; whoever moves holds the lease of leadership. */
export class ClusterEnd implements MoveSource, MoveTarget {
  readonly side: MoveSide;
  readonly #parts: ClusterEndParts;
  readonly #patience: () => Patience;
  #reading: Reading | undefined;
  /** Where the journal ended when it was told how it stands; undefined before. */
  #seen: number | undefined;

  constructor(parts: ClusterEndParts) {
    this.#parts = parts;
    this.side = clusterSide(parts.cluster);
    const { clock, patienceMs: limitMs, signal } = parts;
    this.#patience = () => new Patience({ clock, limitMs, signal });
  }

  async standing(): Promise<MoveStanding> {
    const streams = await this.#parts.find();
    this.#seen = 0;
    if (streams === undefined) return { state: 'empty' };
    this.#seen = (await this.#patience().ask(() => streams.journal.ends())).last;
    try {
      const { reader, epoch } = await this.#read(streams);
      return reader.standing.state === 'open' ? { state: 'open', epoch } : reader.standing;
    } catch (thrown) {
      if (!(thrown instanceof HeadframeError) || thrown.code !== 'data_loss') throw thrown;
      // What an unfinished move has left is not whole.
      const last = await this.#last(streams.journal, ({ kind }) => kind === 'move');
      if (last?.kind !== 'move' || last.note !== 'arriving') throw thrown;
      return { state: 'arriving', mark: last.mark };
    }
  }

  /** The epoch at the journal's end, also of one that is damaged before; 0 where there is none. */
  async lastEpoch(): Promise<number> {
    const streams = await this.#parts.find();
    return (streams && (await this.#last(streams.journal, () => true))?.epoch) ?? 0;
  }

  async read(): Promise<Holdings> {
    const reading = await this.#present();
    const { revision, epoch, mirror } = reading;
    return { revision, epoch, records: mirror.freeze(), recent: reading.recent() };
  }

  /** The same for who wants a copy: throws `HeadframeError` where there is no store (not_found), or one that is not whole. */
  async readWhole(): Promise<Holdings> {
    const standing = await this.standing();
    if (standing.state === 'empty') throw missingError(this.side);
    const refusal = standing.state === 'arriving' ? startRefusal(standing) : undefined;
    if (refusal !== undefined) throw refusal;
    return this.read();
  }

  async readBack(): Promise<Holdings> {
    const streams = await this.#streams();
    const { closing, warnings } = await this.#read(streams);
    // Where the last commits are all there ever were, the journal alone would do, until it is cut.
    if (closing === undefined) {
      const at = { stream: streams.snapshots.name, sequence: 0 };
      throw streamDamage(at, `what was written cannot be read back: ${warnings.join('; ')}`);
    }
    return this.read();
  }

  async leave(mark: MoveMark): Promise<void> {
    await this.#note((await this.#present()).reader.last, 'moved', mark);
  }

  async arrive(mark: MoveMark): Promise<void> {
    await this.#note((await this.#present()).reader.last, 'arrived', mark);
  }

  async write({ revision, records, recent }: Holdings, mark: MoveMark): Promise<void> {
    const streams = await this.#parts.make();
    const { journal: stream, snapshots, messageBytes } = streams;
    const last = this.#seen ?? (await this.#patience().ask(() => stream.ends())).last;
    this.#reading = undefined;
    await this.#note(last, 'arriving', mark);
    for (const name of await this.#patience().ask(() => snapshots.list()))
      await this.#patience().ask(() => snapshots.remove(name));
    const by = { epoch: mark.epoch, writer: writerTag(mark.id) };
    const journal = new Journal(stream, this.#patience, { ...by, last: last + 1 });
    const [first] = recent;
    if (first !== undefined) {
      await journal.append(() => [this.#segment(mark, first.revision - 1)]);
      let group = 0;
      for (const frames of framesOf(recent, mark.epoch))
        await journal.append(() => partsOf(frames, messageBytes, { ...by, group: (group += 1) }));
    }
    await journal.append(() => [this.#segment(mark, revision)]);
    const start: SegmentPlace = { sequence: journal.last, revision, epoch: mark.epoch, offset: 0 };
    const name = { revision, epoch: mark.epoch, id: this.#parts.newId() };
    const { signal } = this.#parts;
    const writing = { stream: snapshots, chunkBytes: messageBytes, patience: this.#patience, signal };
    await writeSnapshot(writing, { name, start, records });
    await this.#patience().ask(() => stream.removeBefore(last + 1));
  }

  async #present(): Promise<Reading> {
    return this.#reading ?? this.#read(await this.#streams());
  }

  async #streams(): Promise<LogStreams> {
    return (await this.#parts.find()) ?? this.#parts.make();
  }

  async #read(streams: LogStreams): Promise<Reading> {
    const { mayLack } = this.#parts;
    this.#reading = await Reading.open(streams, { ...RECENT, mayLack }, this.#patience);
    return this.#reading;
  }

  /** Notes it right behind what was read: nobody has written since, and nobody who wrote before ever will again. */
  async #note(after: number, note: LogMove['note'], mark: MoveMark): Promise<void> {
    const { journal } = await this.#streams();
    const message = encodeLogMessage({ kind: 'move', epoch: mark.epoch, note, mark });
    if (!(await claim(journal, message, after, this.#patience()))) throw changedError(journal.name, after + 1);
  }

  #segment({ epoch, id: writer }: MoveMark, revision: number): Buffer {
    return encodeLogMessage({ kind: 'segment', format: LOG_FORMAT, epoch, revision, writer });
  }

  /** The last message of a kind in a journal of which some may be of no use. */
  async #last(journal: LogStream, isMeant: (message: LogMessage) => boolean): Promise<LogMessage | undefined> {
    const { first, last } = await this.#patience().ask(() => journal.ends());
    for (let sequence = last; sequence >= first; sequence -= 1) {
      const bytes = await this.#patience().ask(() => journal.get(sequence));
      const message = bytes === undefined ? undefined : messageIn(bytes);
      if (message !== undefined && isMeant(message)) return message;
    }
    return undefined;
  }
}

function messageIn(bytes: Buffer): LogMessage | undefined {
  try {
    return decodeLogMessage(bytes);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** Bytes that become durable together: some messages. */
const GROUP_BYTES = 4 * 1024 * 1024;

function* framesOf(commits: readonly StoreCommit[], epoch: number): Generator<Buffer> {
  const encoder = new CommitEncoder();
  let writer = new ByteWriter();
  for (const commit of commits) {
    writeFrame(writer, 0, () => encoder.write(writer, { commit, epoch }));
    if (writer.length < GROUP_BYTES) continue;
    yield writer.view();
    writer = new ByteWriter();
  }
  if (writer.length > 0) yield writer.view();
}

function changedError(stream: string, sequence: number): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'store_changed',
    message: `another has written message ${String(sequence)} of stream ${stream} meanwhile`,
    remedy: 'Stop all coordinators of the cluster, and run the command again: it goes on, or begins anew.',
    metadata: { stream, sequence: String(sequence) },
  });
}
