import { ByteWriter } from '../records/byte-writer.js';
import { CommitEncoder } from '../records/commit-codec.js';
import { encodeDocuments, tablesOf } from '../records/document-text.js';
import { FILE_HEADER_BYTES, FORMAT_VERSION, encodeHeader } from '../records/file-header.js';
import { writeFrame } from '../records/frame.js';
import { encodeInstances } from '../records/instance-file.js';
import type { Holdings } from '../move/index.js';
import type { StoreCommit } from '../store.js';
import { documentsName, instancesName, segmentName } from './names.js';
import type { SegmentStart } from './segment-writer.js';

/** A file of a store that is not written yet; its pieces are made as they are drawn, anew each time. */
export interface StoreFile {
  readonly name: string;
  readonly pieces: () => Iterable<Uint8Array>;
}

/** Not the first number: a repair would take that for the beginning of all, and the snapshot for needless. */
const RECENT_SEQUENCE = 2;

/**
 * The files of an embedded store that holds just this, in the order in which they are to be written: the last commits as a
 * segment of the journal, a snapshot after it, and the segment in which the journal goes on. Pure.
 */
export function storeFiles({ revision, epoch, records, recent }: Holdings): StoreFile[] {
  const next: SegmentStart = { sequence: RECENT_SEQUENCE + 1, revision, epoch };
  const [first] = recent;
  const before = { sequence: RECENT_SEQUENCE, revision: (first?.revision ?? 0) - 1, epoch };
  const instanceCount = records.instances.count;
  const facts = { format: FORMAT_VERSION, ...next, instanceCount };
  return [
    ...(first === undefined ? [] : [{ name: segmentName(before), pieces: () => segmentPieces(before, recent) }]),
    { name: segmentName(next), pieces: () => segmentPieces(next, []) },
    { name: instancesName(revision), pieces: () => encodeInstances(next, records.instances) },
    { name: documentsName(revision), pieces: () => encodeDocuments({ ...facts, tables: tablesOf(records) }) },
  ];
}

function* segmentPieces(start: SegmentStart, commits: readonly StoreCommit[]): Generator<Uint8Array> {
  yield encodeHeader({ kind: 'journal', ...start });
  const encoder = new CommitEncoder();
  let offset = FILE_HEADER_BYTES;
  for (const commit of commits) {
    const writer = new ByteWriter();
    const from = offset;
    writeFrame(writer, from, () => {
      encoder.write(writer, { commit, epoch: start.epoch });
    });
    yield writer.view();
    offset += writer.length;
  }
}
