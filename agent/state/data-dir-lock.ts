import { join } from 'node:path';
import { nodeDisk, systemProcesses, takeLock } from '../../common/disk/index.js';

/**
 * Keeps a second agent off a data folder, and so off a host id. Returns what releases it; a crash releases it, too.
 * Throws `HeadframeError` (failed_precondition, 'locked') while another agent lives.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  await nodeDisk.makeFolder(dataDir);
  const lock = await takeLock(nodeDisk, join(dataDir, 'lock'), systemProcesses());
  return () => lock.release();
}
