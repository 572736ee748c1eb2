import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from '../../../host/errno.js';

/** Of one file system, in one folder after the other, so that nothing else of the agent waits. */
export async function writtenBytes(folder: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    signal.throwIfAborted();
    for (const entry of await entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      // As the disk has it: a sparse file is no larger than what was written of it.
      else if (entry.isFile()) bytes += ((await statsOf(path))?.blocks ?? 0) * 512;
    }
  }
  return bytes;
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(unlessAbsent([]));
}

async function statsOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(unlessAbsent(undefined));
}

function unlessAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isAbsent(error)) return value;
    throw error;
  };
}
