import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, DiskFile } from '../../../common/disk/index.js';
import { temporaryName } from './names.js';

/** Bytes written between two syncs: a long file must not make the journal's own sync wait for all of it. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Writes a whole file so that its name stands for complete content at every instant: temporary file, sync, rename,
 * sync of the folder. Pieces are drawn one at a time, each after the last is written. Returns the size in bytes.
 */
export async function writeDurably(
  disk: Disk,
  folder: string,
  name: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  const temporary = join(folder, temporaryName(name));
  const bytes = await writeTemporary(disk, temporary, pieces);
  await disk.rename(temporary, join(folder, name));
  await disk.syncFolder(folder);
  return bytes;
}

async function writeTemporary(
  disk: Disk,
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  const file = await createAfresh(disk, path);
  let [bytes, synced] = [0, 0];
  try {
    for await (const piece of pieces) {
      await file.write(piece, bytes);
      bytes += piece.length;
      if (bytes - synced < SYNC_EVERY_BYTES) continue;
      await file.sync();
      synced = bytes;
    }
    await file.sync();
  } catch (thrown) {
    await file.close();
    await disk.remove(path).catch(() => undefined); // the next start removes what will not go now
    throw thrown;
  }
  await file.close();
  return bytes;
}

// A name of this process's own that is taken is the rest of a write that a crash cut short under the same process id.
async function createAfresh(disk: Disk, path: string): Promise<DiskFile> {
  try {
    return await disk.create(path);
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
    await disk.remove(path);
    return disk.create(path);
  }
}
