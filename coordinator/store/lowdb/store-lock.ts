import { join } from 'node:path';
import { takeLock } from '../../../common/disk/index.js';
import type { Disk, Lock, Processes } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { LOCK_NAME } from './names.js';

/**
 * Takes a store's lock. Throws `HeadframeError` (failed_precondition, reason `store_locked`, metadata `pid` and `file`)
 * while another process holds it.
 */
export async function lockStore(disk: Disk, folder: string, processes: Processes): Promise<Lock> {
  try {
    return await takeLock(disk, join(folder, LOCK_NAME), processes);
  } catch (thrown) {
    if (thrown instanceof HeadframeError && thrown.reason === 'locked') throw storeLockedError(thrown);
    throw thrown;
  }
}

function storeLockedError(cause: HeadframeError): HeadframeError {
  const { code, message, remedy, metadata } = cause;
  return new HeadframeError({ code, message, metadata, ...(remedy && { remedy }), reason: 'store_locked', cause });
}
