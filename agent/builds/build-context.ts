import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import type { Extract, Pack } from 'tar-stream';
import { holdsPrivateKey, isPrivateName } from './private-files.js';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** A file that takes the place of what an archive has at its path. */
export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** Keys are far smaller. */
const LARGEST_KEY = 64 * 1024;

/**
 * What an image is built of, as the archive a build takes: an archive without what is private in it, and with the
 * file that is `written` where there is one. `onLeftOut` hears of each file that does not go in. Reads on only as fast as the
 * archive is taken; a failure destroys it.
 */
export function buildContext(
  file: string,
  written: WrittenFile | undefined,
  onLeftOut: (path: string) => void,
): Readable {
  const archive = pack();
  refill(file, archive, written, onLeftOut).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive, { objectMode: false });
}

async function refill(
  file: string,
  archive: Pack,
  written: WrittenFile | undefined,
  onLeftOut: (path: string) => void,
): Promise<void> {
  const reading = extract();
  const read = pipeline(createReadStream(file), reading);
  const copied = async (): Promise<void> => {
    for await (const entry of reading) await copy(entry, archive, written, onLeftOut);
  };
  await Promise.all([read, copied()]);
  if (written !== undefined) archive.entry({ name: written.path, mode: 0o644, mtime: new Date(0) }, written.text);
}

/** Files, and the links that the coordinator has judged: whatever else an archive may hold was never in one of ours. */
async function copy(
  entry: Entry,
  archive: Pack,
  written: WrittenFile | undefined,
  onLeftOut: (path: string) => void,
): Promise<void> {
  const { name, size, mode, type, linkname } = entry.header;
  const header = { name, mode: mode & 0o755, mtime: new Date(0), uid: 0, gid: 0, type: 'file' as const };
  const isPrivate = isPrivateName(name);
  if (isPrivate) onLeftOut(name);
  const staysOut = isPrivate || name === written?.path;
  if (!staysOut && (type === 'symlink' || type === 'link') && typeof linkname === 'string')
    archive.entry({ ...header, type, linkname, size: 0 });
  if (staysOut || type !== 'file') {
    entry.resume();
    return;
  }
  if (size > LARGEST_KEY) {
    await pipeline(entry, archive.entry({ ...header, size }));
    return;
  }
  const content = await buffer(entry);
  if (holdsPrivateKey(content)) onLeftOut(name);
  else archive.entry(header, content);
}
