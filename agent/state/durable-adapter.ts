import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Adapter } from 'lowdb';
import { HeadframeError } from '../../common/model/error.js';

/** What to do about a state that cannot be read; containers carry the host's id, so a new id would not find them. */
export const DAMAGED_REMEDY =
  "Move the file away and start again with --host-id and this host's id, as headframe hosts ls shows it: running containers are adopted.";

/**
 * lowdb adapter for one small JSON file: compact, replaced as a whole, on stable storage when `write` resolves. Writes follow one another.
 * lowdb's own file adapter never calls fsync, so a power cut could bring back an older file or an empty one.
 */
export class DurableJsonAdapter<T> implements Adapter<T> {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The stored value, or null when there is none. Throws `HeadframeError` (data_loss) when the file is not JSON. */
  async read(): Promise<T | null> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (text === undefined) return null;
    try {
      // The shape is checked by the owner of the file, who knows it.
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new HeadframeError({
        code: 'data_loss',
        reason: 'state_damaged',
        message: `${this.#path} is not valid JSON`,
        remedy: DAMAGED_REMEDY,
        cause,
      });
    }
  }

  async write(value: T): Promise<void> {
    const folder = dirname(this.#path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // One name, so that a crash leaves one draft at most; the lock on the folder keeps other writers off.
    const draft = `${this.#path}.tmp`;
    try {
      await writeThrough(draft, JSON.stringify(value));
      await rename(draft, this.#path);
    } catch (error) {
      await unlink(draft).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
