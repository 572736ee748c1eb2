import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, nodeDisk } from '../../../../common/disk/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { openMinerKey } from '../format/miner-key.js';
import type { MinerKey } from '../format/miner-key.js';

const KEY_BYTES = 32;
const OTHERS = 0o077;

/** A key and whether it was made just now. */
export interface KeyOfFile {
  readonly key: MinerKey;
  readonly isNew: boolean;
}

/**
 * Opens the miner's key, or makes one where there is no such file, of the owner alone and on stable storage before it is used. Throws
 * `HeadframeError`: 'space_key_invalid', 'space_key_exposed' where others may read or write the file, 'space_key_unreadable'.
 */
export async function openKeyFile(path: string, random: (bytes: number) => Uint8Array): Promise<KeyOfFile> {
  const found = await readKey(path);
  if (found !== undefined) return { key: openMinerKey(found), isNew: false };
  const fresh = random(KEY_BYTES);
  const key = openMinerKey(fresh);
  try {
    await nodeDisk.makeFolder(dirname(path));
    const file = await nodeDisk.create(path);
    await file
      .write(fresh, 0)
      .then(() => file.sync())
      .finally(() => file.close());
    await nodeDisk.syncFolder(dirname(path));
    return { key, isNew: true };
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new Error('it is no plain file');
      if ((found.mode & OTHERS) !== 0) throw exposed(path, found.mode);
      // One byte more than a key has tells a longer file.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(KEY_BYTES + 1), 0, KEY_BYTES + 1, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error instanceof HeadframeError ? error : unreadable(path, error);
  }
}

function exposed(path: string, mode: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'space_key_exposed',
    message: `the key ${path} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}: others than its owner can use it`,
    remedy: `chmod 600 ${path}`,
    metadata: { path },
  });
}

function unreadable(path: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'space_key_unreadable',
    message: `the key ${path} can neither be read nor made: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'See whether privateKeyPath is right, and whether this user may read it.',
    metadata: { path },
    cause,
  });
}
