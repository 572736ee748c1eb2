import { dirname } from 'node:path';
import { hasCode, nodeDisk } from '../../../common/disk/index.js';

/** Writes a file durably, mode 0600, so that readers see the old or the new one, never a part. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.tmp`;
  await nodeDisk.makeFolder(dirname(path));
  // Of a writer that was cut short.
  await nodeDisk.remove(draft).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
  const file = await nodeDisk.create(draft);
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await nodeDisk.rename(draft, path);
  await nodeDisk.syncFolder(dirname(path));
}
