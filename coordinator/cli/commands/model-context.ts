import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { usageError } from '../usage-error.js';

/** Of what is sent in one message. */
const PIECE_BYTES = 256 * 1024;
const NO_TIME = new Date(0);

/** What a model is built of, in pieces: a file as it is, or a folder as an archive. Throws `HeadframeError` ('file_unreadable'). */
export async function* contextOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    const isFolder = (await lstat(path)).isDirectory();
    const bytes = isFolder ? packed(path) : createReadStream(path, { highWaterMark: PIECE_BYTES });
    // Without an encoding they give buffers.
    for await (const piece of bytes as AsyncIterable<Buffer>)
      for (let at = 0; at < piece.length; at += PIECE_BYTES)
        yield Uint8Array.from(piece.subarray(at, at + PIECE_BYTES));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw usageError('file_unreadable', `cannot read ${path}: ${why}`, 'Name a Dockerfile, an archive or a folder.');
  }
}

function packed(folder: string): Readable {
  const archive = pack();
  packFolder(archive, folder, '').then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive, { objectMode: false });
}

/** In the order of names, so that the same folder makes the same archive; what git keeps of itself stays out. */
async function packFolder(archive: Pack, folder: string, below: string): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const name = `${below}${entry.name}`;
    if (entry.isDirectory() && entry.name !== '.git') await packFolder(archive, path, `${name}/`);
    if (entry.isSymbolicLink())
      archive.entry({ name, type: 'symlink', linkname: await readlink(path), mtime: NO_TIME, size: 0 });
    if (entry.isFile()) await packFile(archive, path, name);
  }
}

async function packFile(archive: Pack, path: string, name: string): Promise<void> {
  const { size, mode } = await lstat(path);
  const header = { name, size, mode: (mode & 0o111) === 0 ? 0o644 : 0o755, mtime: NO_TIME, uid: 0, gid: 0 };
  // No more than it says, for a file that grows meanwhile.
  await pipeline(createReadStream(path, { end: Math.max(0, size - 1) }), archive.entry(header));
}
