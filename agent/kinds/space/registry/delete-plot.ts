import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeDisk } from '../../../../common/disk/index.js';

/** Removes a plot, then its cache, durably. Throws what the disk throws; files that are gone already are no fault. */
export async function deletePlotFiles(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.cache`, { force: true });
  await nodeDisk.syncFolder(dirname(path)).catch(() => undefined);
}
