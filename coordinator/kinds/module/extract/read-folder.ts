import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileKind, isOwnFolder } from './file-kinds.js';
import { LIMITS } from './limits.js';

/** Folders and files that are looked at before the rest of a folder is left out. */
const MOST_ENTRIES = 50_000;

/** Folders within folders. */
const MOST_DEPTH = 12;

/**
 * Reads those files of a folder that `extract` reads, by their paths relative to it with `/`. Links are not followed, nor is
 * anything but plain files opened; a file that is too large is cut just beyond what `extract` takes, so that it says so.
 * Throws what `opendir` throws when the folder itself cannot be read.
 */
export async function readFolder(folder: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const walk: Walk = { folder, files: new Map(), left: MOST_ENTRIES, chars: LIMITS.totalChars * 2, signal };
  await readInto(walk, '', 0);
  return walk.files;
}

interface Walk {
  readonly folder: string;
  readonly files: Map<string, string>;
  readonly signal: AbortSignal | undefined;
  left: number;
  chars: number;
}

async function readInto(walk: Walk, path: string, depth: number): Promise<void> {
  const folders: string[] = [];
  for await (const entry of await opendir(join(walk.folder, path))) {
    walk.signal?.throwIfAborted();
    walk.left -= 1;
    if (walk.left < 0) return;
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory() && isOwnFolder(entry.name)) folders.push(inner);
    else if (entry.isFile() && fileKind(inner) !== undefined) await readOne(walk, inner);
  }
  if (depth < MOST_DEPTH) for (const inner of folders.sort()) await readInto(walk, inner, depth + 1);
}

async function readOne(walk: Walk, path: string): Promise<void> {
  if (walk.chars <= 0) return;
  // What was a file a moment ago may be a link or a pipe by now.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(join(walk.folder, path), flags);
  const stat = await file.stat();
  if (!stat.isFile()) return;
  const isTooLarge = stat.size > LIMITS.fileChars * 4;
  const text = isTooLarge ? ' '.repeat(LIMITS.fileChars + 1) : await file.readFile('utf8');
  walk.chars -= isTooLarge ? 0 : text.length;
  walk.files.set(path, text);
}
