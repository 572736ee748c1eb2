import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { extract, pack } from 'tar-stream';

/** A file with its content. */
export interface SourceFile {
  readonly path: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

/** The beginning of time, for files whose own time does not matter. */
const NO_TIME = new Date(0);
/** Some milliseconds' worth of hashing. */
const SLICE_BYTES = 4 * 2 ** 20;

/** Packs files, sorted by their paths, so that the same files make the same bytes wherever and whenever. */
export async function packFiles(files: readonly SourceFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { path, executable, content } of files) {
    const mode = executable ? 0o755 : 0o644;
    archive.entry({ name: path, mode, mtime: NO_TIME, uid: 0, gid: 0, type: 'file' }, content);
  }
  archive.finalize();
  return buffer(Readable.from(archive, { objectMode: false }));
}

/** Unpacks what `packFiles` made, in memory. */
export async function unpackFiles(archive: Buffer): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const reading = extract();
  Readable.from([archive]).pipe(reading);
  for await (const entry of reading) {
    const { name, mode } = entry.header;
    files.push({ path: name, executable: (mode & 0o100) !== 0, content: await buffer(entry) });
  }
  return files;
}

/** The beginning of one file of an archive on disk, to `mostBytes`; undefined where there is no such file. Rejects where it is no archive. */
export async function readEntry(file: string, path: string, mostBytes: number): Promise<Buffer | undefined> {
  const source = createReadStream(file);
  const reading = extract();
  const copied = pipeline(source, reading);
  // It ends when the reading does, and is waited for then.
  copied.catch(() => undefined);
  for await (const entry of reading) {
    if (entry.header.name !== path || entry.header.type !== 'file') {
      entry.resume();
      continue;
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    // Of a file the library gives buffers.
    for await (const piece of entry as AsyncIterable<Buffer>) {
      if (bytes < mostBytes) pieces.push(piece.subarray(0, mostBytes - bytes));
      bytes += piece.length;
      if (bytes >= mostBytes) break;
    }
    source.destroy();
    return Buffer.concat(pieces);
  }
  await copied;
  return undefined;
}

/** Names an archive by its content: `sha256:` and the digest in hex. */
export async function digestOf(archive: Buffer): Promise<string> {
  const hash = createHash('sha256');
  // Hashing a large one at once would hold up heartbeats.
  for (let at = 0; at < archive.length; at += SLICE_BYTES) {
    hash.update(archive.subarray(at, at + SLICE_BYTES));
    await setImmediate();
  }
  return `sha256:${hash.digest('hex')}`;
}
