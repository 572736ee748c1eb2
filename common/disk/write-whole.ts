import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeDisk } from './node-disk.js';

/** Of the owner alone. */
const MODE = 0o600;

/** Writes a small file durably, by default of mode 0600, so that readers see the old or the new one, never a part. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = MODE): Promise<void> {
  const draft = `${path}.tmp`;
  await nodeDisk.makeFolder(dirname(path));
  // Left by a writer that was cut short, it may be one that nobody may write to.
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await nodeDisk.syncFolder(dirname(path));
}
