import { join } from 'node:path';
import { Low } from 'lowdb';
import { damageError } from '../records/damage.js';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, ReadableDisk } from '../../../common/disk/index.js';
import { DocumentFile, readDocuments } from './document-file.js';
import { tablesOf } from '../records/document-text.js';
import type { DocumentSnapshot } from '../records/document-text.js';
import { writeDurably } from './durable-file.js';
import { FORMAT_VERSION } from '../records/file-header.js';
import { decodeInstances, encodeInstances } from '../records/instance-file.js';
import { Mirror } from '../records/mirror.js';
import type { Records } from '../records/mirror.js';
import { documentsName, instancesName } from './names.js';
import type { SegmentStart } from './segment-writer.js';

/** All records as of the start of a journal segment. */
export interface Snapshot {
  readonly mirror: Mirror;
  /** The segment that follows: its revision is the snapshot's. */
  readonly start: SegmentStart;
  /** Size of its files. */
  readonly bytes: number;
}

/**
 * Writes a snapshot durably and returns its size in bytes. The documents come last: where their file is, the snapshot is
 * whole.
 */
export async function writeSnapshot(
  disk: Disk,
  folder: string,
  start: SegmentStart,
  records: Records,
): Promise<number> {
  const { revision } = start;
  const bytes = await writeDurably(disk, folder, instancesName(revision), encodeInstances(start, records.instances));
  const low = new Low<DocumentSnapshot>(new DocumentFile(disk, folder, documentsName(revision)), {
    format: FORMAT_VERSION,
    ...start,
    instanceCount: records.instances.count,
    tables: tablesOf(records),
  });
  await low.write();
  return bytes;
}

/** Reads the snapshot of a revision; throws `HeadframeError` data_loss on damage, failed_precondition when it is newer. */
export async function readSnapshot(disk: ReadableDisk, folder: string, revision: number): Promise<Snapshot> {
  const name = documentsName(revision);
  const data = await readDocuments(disk, folder, name);
  if (data?.revision !== revision) throw damageError(name, 0, 'it is missing or of another revision');
  const file = instancesName(revision);
  const bytes = await readInstances(disk, folder, file);
  return {
    start: { sequence: data.sequence, revision, epoch: data.epoch },
    bytes: bytes.length,
    mirror: new Mirror({
      tables: data.tables,
      instances: decodeInstances({ file, revision, count: data.instanceCount }, bytes),
      revision,
    }),
  };
}

async function readInstances(disk: ReadableDisk, folder: string, file: string): Promise<Buffer> {
  try {
    return await disk.read(join(folder, file));
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) throw damageError(file, 0, 'it is missing', thrown);
    throw thrown;
  }
}
