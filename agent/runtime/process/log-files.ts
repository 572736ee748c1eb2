import { copyFile, open, truncate } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';

/** A log grows to this size, then starts anew; one older part is kept beside it. So at most twice this per stream. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Name of the older part of a log. */
export function olderLog(path: string): string {
  return `${path}.1`;
}

/**
 * Starts a log anew when it has outgrown its bound. The writer appends and keeps its file; what it writes between copy
 * and cut is lost.
 */
export async function rotateLog(path: string, maxBytes: number = MAX_LOG_BYTES): Promise<void> {
  if ((await sizeOf(path)) <= maxBytes) return;
  await copyFile(path, olderLog(path));
  await truncate(path, 0);
}

/** Size in bytes; 0 for what is not there. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
}

/** The bytes of a file from an offset on, up to where it ends now; nothing when it is not there. */
export async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return;
  try {
    for (let at = offset; ;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Where the last `lines` lines of a file begin, and how many of them it has. */
export async function findTail(path: string, lines: number): Promise<{ offset: number; lines: number }> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return { offset: 0, lines: 0 };
  try {
    return await scanBackwards(file, lines);
  } finally {
    await file.close();
  }
}

async function scanBackwards(file: FileHandle, lines: number): Promise<{ offset: number; lines: number }> {
  const { size } = await file.stat();
  if (size === 0 || lines === 0) return { offset: size, lines: 0 };
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer } = await file.read(new Uint8Array(end - start), 0, end - start, start);
    for (let at = end - 1; at >= start; at -= 1) {
      // The newline that ends the file ends its last line and begins none.
      if (buffer[at - start] !== NEWLINE || at === size - 1) continue;
      found += 1;
      if (found === lines) return { offset: at + 1, lines: found };
    }
    end = start;
  }
  return { offset: 0, lines: found + 1 };
}
