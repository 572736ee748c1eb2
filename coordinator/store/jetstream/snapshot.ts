import { HeadframeError } from '../../../common/model/error.js';
import { inTurns } from '../../in-turns.js';
import { decodeDocuments, encodeDocuments, tablesOf } from '../records/document-text.js';
import { FORMAT_VERSION } from '../records/file-header.js';
import { decodingInstances, encodeInstances } from '../records/instance-file.js';
import { Mirror } from '../records/mirror.js';
import type { Records } from '../records/mirror.js';
import { UnknownRecord } from '../records/unknown-record.js';
import { newerRecord, streamDamage } from './damage.js';
import type { SegmentPlace } from './log-reader.js';
import type { Patience } from './patience.js';
import { readAhead } from './read-ahead.js';
import {
  ByteSum,
  SNAPSHOT_FORMAT,
  chunksOf,
  decodeChunk,
  decodeClosing,
  encodeChunk,
  encodeClosing,
} from './snapshot-message.js';
import type { SnapshotClosing } from './snapshot-message.js';
import type { SnapshotName, SnapshotStream } from './snapshot-stream.js';

/** A snapshot as read. */
export interface Snapshot {
  readonly closing: SnapshotClosing;
  /** Where the closing stands in the stream. */
  readonly sequence: number;
  readonly mirror: Mirror;
  /** Of a newer one, which was passed over. */
  readonly damage: HeadframeError | undefined;
}

/** What writing takes. */
export interface SnapshotWriting {
  readonly stream: SnapshotStream;
  readonly chunkBytes: number;
  /** For each message anew. */
  readonly patience: () => Patience;
  /** Ends it early, unfinished. */
  readonly signal: AbortSignal;
}

/** Chunks asked for at once: some megabytes under way. */
const READ_AHEAD = 8;

/**
 * Writes all records as of the beginning of a segment; whole once this resolves, which is with the bytes written. Throws the
 * signal's reason when ended early, else what `Patience` throws.
 */
export async function writeSnapshot(
  writing: SnapshotWriting,
  { name, start, records }: { readonly name: SnapshotName; readonly start: SegmentPlace; readonly records: Records },
): Promise<number> {
  const { stream, chunkBytes, patience, signal } = writing;
  const { sequence, revision, epoch } = start;
  const [instances, all] = [new ByteSum(), new ByteSum()];
  const chunks: number[] = [];
  for (const chunk of chunksOf(all.over(piecesOf(start, records, instances)), chunkBytes)) {
    signal.throwIfAborted();
    chunks.push(await patience().ask(() => stream.addChunk(name, encodeChunk(chunk))));
  }
  const closing = encodeClosing({
    format: SNAPSHOT_FORMAT,
    ...{ sequence, revision, epoch },
    instanceCount: records.instances.count,
    instanceBytes: instances.bytes,
    totalBytes: all.bytes,
    crc: all.crc,
    chunks,
  });
  await patience().ask(() => stream.addClosing(name, closing));
  return all.bytes;
}

function* piecesOf({ sequence, revision, epoch }: SegmentPlace, records: Records, sum: ByteSum): Generator<Uint8Array> {
  // A file's header has no room for the sequence; the documents tell it.
  yield* sum.over(encodeInstances({ sequence: 0, revision, epoch }, records.instances));
  const tables = tablesOf(records);
  const instanceCount = records.instances.count;
  yield* encodeDocuments({ format: FORMAT_VERSION, revision, epoch, sequence, instanceCount, tables });
}

/**
 * Reads the newest whole snapshot; undefined where there is none. One that is damaged is passed over for an older one, from which
 * the journal leads to the same; so are those whose closings are `passed`. Throws `HeadframeError`: data_loss naming stream and message where all are damaged,
 * failed_precondition when a later version wrote it.
 */
export async function readNewestSnapshot(
  stream: SnapshotStream,
  patience: () => Patience,
  passed: ReadonlySet<number> = new Set(),
): Promise<Snapshot | undefined> {
  const pauses = patience();
  for (;;) {
    const found = await readNewestOf(stream, patience, passed);
    if (found !== 'removed') return found;
    await pauses.pause(undefined);
  }
}

/** What came of looking once; a newer one may take the place of one that is being read. */
async function readNewestOf(
  stream: SnapshotStream,
  patience: () => Patience,
  passed: ReadonlySet<number>,
): Promise<Snapshot | 'removed' | undefined> {
  const names = await patience().ask(() => stream.list());
  let damage: HeadframeError | undefined;
  for (const name of names.reverse()) {
    const closing = () => patience().ask(() => stream.closing(name));
    const found = await closing();
    if (found === undefined || passed.has(found.sequence)) continue;
    try {
      return { ...(await readSnapshot(stream, patience, found)), damage };
    } catch (thrown) {
      if (!(thrown instanceof HeadframeError) || thrown.code !== 'data_loss') throw thrown;
      if ((await closing()) === undefined) return 'removed';
      damage ??= thrown;
    }
  }
  if (damage !== undefined) throw damage;
  return undefined;
}

async function readSnapshot(
  stream: SnapshotStream,
  patience: () => Patience,
  { sequence, message }: { readonly sequence: number; readonly message: Buffer },
): Promise<Omit<Snapshot, 'damage'>> {
  const place = { stream: stream.name, sequence };
  const closing = unlessDamaged(place, () => decodeClosing(message));
  const sum = new ByteSum();
  const chunks: Buffer[] = [];
  const get = (chunk: number): Promise<Buffer | undefined> => patience().ask(() => stream.get(chunk));
  for await (const [chunk, bytes] of readAhead(closing.chunks, get, READ_AHEAD)) {
    const at = { stream: stream.name, sequence: chunk };
    if (bytes === undefined) throw streamDamage(at, 'a chunk of the snapshot is missing');
    const content = unlessDamaged(at, () => decodeChunk(bytes));
    sum.add(content);
    chunks.push(content);
  }
  if (sum.bytes !== closing.totalBytes || sum.crc !== closing.crc) {
    throw streamDamage(place, 'the snapshot does not add up to its checksum');
  }
  return { closing, sequence, mirror: await mirrorOf(place, closing, Buffer.concat(chunks)) };
}

/** In turns: a million instances take a second, and the lease of leadership is to be renewed meanwhile. */
async function mirrorOf(
  place: { readonly stream: string; readonly sequence: number },
  { revision, instanceCount: count, instanceBytes }: SnapshotClosing,
  bytes: Buffer,
): Promise<Mirror> {
  try {
    const { tables } = decodeDocuments(place.stream, bytes.toString('utf8', instanceBytes));
    const instances = await inTurns(
      decodingInstances({ file: place.stream, revision, count }, bytes.subarray(0, instanceBytes)),
    );
    return new Mirror({ tables, instances, revision });
  } catch (thrown) {
    if (thrown instanceof HeadframeError && thrown.code !== 'data_loss') throw thrown;
    throw streamDamage(place, 'the snapshot cannot be read', thrown);
  }
}

function unlessDamaged<T>(place: { stream: string; sequence: number }, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof UnknownRecord) throw newerRecord(place, thrown.message);
    if (thrown instanceof RangeError) throw streamDamage(place, thrown.message, thrown);
    throw thrown;
  }
}
