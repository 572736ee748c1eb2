import { basename, dirname, join, resolve } from 'node:path';
import { hasCode, nodeDisk } from '../../../common/disk/index.js';
import type { Disk } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { packBackup } from './backup-archive.js';
import type { ArchivedFile } from './backup-archive.js';
import { withRetries } from './check.js';
import { writeDurably } from './durable-file.js';
import { requireWhole } from './move-standing.js';
import { documentsName, instancesName, segmentName } from './names.js';
import { readStore } from './read-store.js';
import type { StoreReading } from './read-store.js';
import { requirePresent } from './require-present.js';
import { storeFiles } from './store-files.js';
import type { Holdings } from '../move/index.js';

/** What a backup holds. */
export interface BackupReport {
  /** Every commit up to this revision is in it. */
  readonly revision: number;
  readonly bytes: number;
}

/**
 * Copies a store into one checksummed tar archive: its newest snapshot and the journal after it, up to a commit that is
 * durable. The coordinator may be running meanwhile. Throws `HeadframeError`: already_exists when the target is there,
 * data_loss when the store is damaged.
 */
export async function backupStore(folder: string, targetFile: string, disk: Disk = nodeDisk): Promise<BackupReport> {
  const target = resolve(targetFile);
  await requirePresent(folder, 'store_missing', () => disk.list(folder));
  await requireWhole(disk, folder);
  if (await exists(disk, target)) throw existsError(target);
  return withRetries(async () => {
    const reading = await readStore(disk, folder, { commits: 0, changes: 0, bytes: 0 });
    await makeDurable(disk, folder, reading);
    const files = filesOf(disk, folder, reading);
    const bytes = await writeDurably(disk, dirname(target), basename(target), packBackup(reading.revision, files));
    return { revision: reading.revision, bytes };
  });
}

/**
 * Writes what any store holds as such an archive, which can be restored into either. Throws `HeadframeError` (already_exists)
 * when the target is there.
 */
export async function backupHoldings(
  holdings: Holdings,
  targetFile: string,
  disk: Disk = nodeDisk,
): Promise<BackupReport> {
  const target = resolve(targetFile);
  if (await exists(disk, target)) throw existsError(target);
  const files = storeFiles(holdings).map(({ name, pieces }) => async () => ({
    name,
    bytes: Buffer.concat([...pieces()]),
  }));
  const bytes = await writeDurably(disk, dirname(target), basename(target), packBackup(holdings.revision, files));
  return { revision: holdings.revision, bytes };
}

// The last commits read may still be on their way to the disk; a backup must not know more than a crash would leave.
async function makeDurable(disk: Disk, folder: string, { tail }: StoreReading): Promise<void> {
  if (tail === undefined) return;
  const file = await disk.edit(join(folder, tail.name));
  await file.sync().finally(() => file.close());
}

function filesOf(disk: Disk, folder: string, reading: StoreReading): (() => Promise<ArchivedFile>)[] {
  const { snapshot, tail, files } = reading;
  const names =
    snapshot === undefined ? [] : [instancesName(snapshot.start.revision), documentsName(snapshot.start.revision)];
  const segments = files.segments
    .filter(({ sequence }) => sequence >= (snapshot?.start.sequence ?? 0))
    .map(segmentName);
  return [...names, ...segments].map((name) => async () => {
    const bytes = await disk.read(join(folder, name));
    return { name, bytes: name === tail?.name ? bytes.subarray(0, tail.scan.end) : bytes };
  });
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.size(path);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}

function existsError(file: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'backup_exists',
    message: `${file} is there already`,
    remedy: 'Give the backup a name of its own.',
    metadata: { file },
  });
}
