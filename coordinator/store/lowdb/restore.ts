import { basename, join, resolve } from 'node:path';
import { hasCode, nodeDisk, systemProcesses } from '../../../common/disk/index.js';
import type { Disk, Processes, ReadableDisk } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { unpackBackup } from './backup-archive.js';
import type { ArchivedFile } from './backup-archive.js';
import type { Holdings } from '../move/index.js';
import { writeDurably } from './durable-file.js';
import { inspectStore } from './inspection.js';
import { lockStore } from './store-lock.js';
import { LOCK_NAME, RESTORING_NAME } from './names.js';
import { BEGINNING, readStore } from './read-store.js';
import { FENCE_EPOCHS } from '../store.js';
import { requirePresent } from './require-present.js';
import { SegmentWriter } from './segment-writer.js';
import type { SegmentStart } from './segment-writer.js';

/** As many of the last commits as a start reads again. */
const RECENT = { commits: 10_000, changes: 100_000, bytes: 2 * 1024 * 1024 };

/** How a restore treats what is there, and the world it works in. */
export interface RestoreOptions {
  /** Moves what the folder holds into a folder `before-restore-<n>` in it; without, a folder in use is refused. */
  readonly force?: boolean;
  readonly disk?: Disk;
  readonly processes?: Processes;
}

/** What a restore did. */
export interface RestoreReport {
  /** Revision of the store now. */
  readonly revision: number;
  /** Folder with what was there before; undefined when nothing was. */
  readonly movedTo: string | undefined;
}

/**
 * Brings a backup back into a folder, after reading it through. Throws `HeadframeError`: data_loss when the backup is
 * damaged, failed_precondition when the folder holds files and `force` is not set, or a coordinator runs on it. Stopped
 * half-way, the store refuses to start and the restore can be run again.
 */
export async function restoreStore(
  backupFile: string,
  folder: string,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  const { disk = nodeDisk, processes = systemProcesses(), force = false } = options;
  const archive = await requirePresent(backupFile, 'backup_missing', () => disk.read(resolve(backupFile)));
  const { files } = await unpackBackup(backupFile, archive);
  const end = await readArchived(files);
  await disk.makeFolder(folder);
  const lock = await lockStore(disk, folder, processes);
  try {
    const present = (await disk.list(folder)).filter((name) => name !== LOCK_NAME);
    if (present.length > 0 && !force) throw inUseError(folder);
    const fenced = Math.max(end.epoch, await highestEpoch(disk, folder)) + FENCE_EPOCHS;
    // Cut short it is run again, when what was here may be aside.
    const epoch = Math.max(fenced, await notedEpoch(disk, folder));
    await writeDurably(disk, folder, RESTORING_NAME, [Buffer.from(String(epoch))]);
    const movedTo = await moveAside(disk, folder, present);
    for (const { name, bytes } of files) await writeDurably(disk, folder, name, [bytes]);
    await (await SegmentWriter.create(disk, folder, { ...end, epoch })).close();
    await disk.remove(join(folder, RESTORING_NAME));
    await disk.syncFolder(folder);
    return { revision: end.revision, movedTo };
  } finally {
    await lock.release();
  }
}

/** All that a backup holds, verified. Throws `HeadframeError`: not_found, 'backup_missing'; data_loss where it is damaged. */
export async function readBackup(backupFile: string, disk: ReadableDisk = nodeDisk): Promise<Holdings> {
  const archive = await requirePresent(backupFile, 'backup_missing', () => disk.read(resolve(backupFile)));
  const { files } = await unpackBackup(backupFile, archive);
  const { mirror, revision, epoch, recent } = await readStore(diskOf(files), '', RECENT);
  return { revision, epoch, records: mirror.freeze(), recent };
}

/** Reads the archived store through; answers where its journal goes on. */
async function readArchived(files: readonly ArchivedFile[]): Promise<SegmentStart> {
  const { tail, revision, epoch } = await readStore(diskOf(files), '', { commits: 0, changes: 0, bytes: 0 });
  const sequence = tail === undefined ? BEGINNING.sequence : tail.scan.start.sequence + 1;
  return { sequence, revision, epoch };
}

function diskOf(files: readonly ArchivedFile[]): ReadableDisk {
  const contents = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const bytesOf = (path: string): Buffer => contents.get(basename(path)) ?? Buffer.alloc(0);
  return {
    list: async () => [...contents.keys()],
    read: async (path) => bytesOf(path),
    size: async (path) => bytesOf(path).length,
  };
}

/** Epoch of the coordinators that ran here since the backup, as far as the files tell. */
async function highestEpoch(disk: Disk, folder: string): Promise<number> {
  const { segments } = await inspectStore(disk, folder);
  return Math.max(0, ...segments.map(({ epoch }) => epoch));
}

/** The epoch of a restore that was cut short; 0 where there was none, or one of a version that did not note it. */
async function notedEpoch(disk: Disk, folder: string): Promise<number> {
  if (!(await disk.list(folder)).includes(RESTORING_NAME)) return 0;
  const text = (await disk.read(join(folder, RESTORING_NAME))).toString();
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

async function moveAside(disk: Disk, folder: string, names: readonly string[]): Promise<string | undefined> {
  const moving = names.filter((name) => name !== RESTORING_NAME);
  if (moving.length === 0) return undefined;
  const aside = await freeFolder(disk, folder);
  await disk.makeFolder(aside);
  for (const name of moving) await disk.rename(join(folder, name), join(aside, name));
  await disk.syncFolder(aside);
  await disk.syncFolder(folder);
  return aside;
}

async function freeFolder(disk: Disk, folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, `before-restore-${String(number)}`);
    try {
      await disk.list(path);
    } catch (thrown) {
      if (hasCode(thrown, 'ENOENT')) return path;
      throw thrown;
    }
  }
}

function inUseError(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_not_empty',
    message: `${folder} holds files`,
    remedy: 'Restore into an empty folder, or add --force, which moves them aside.',
    metadata: { file: folder },
  });
}
