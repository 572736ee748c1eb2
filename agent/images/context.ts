import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';

type Entry = ReturnType<Pack['entry']>;
type EntryHeader = Pick<Header, 'name' | 'mode' | 'mtime' | 'uid' | 'gid'> & Partial<Header>;

/**
 * A folder as the tar archive a build takes: files, folders and symbolic links, owned by root. Sockets, devices and
 * the like are left out. Reads on only as fast as the archive is taken; a failure destroys it.
 */
export function folderContext(folder: string): Readable {
  const archive = pack();
  addFolder(archive, folder, '').then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive, { objectMode: false });
}

async function addFolder(archive: Pack, root: string, path: string): Promise<void> {
  // Sorted, so that the same folder makes the same archive and the engine's build cache knows it again.
  const names = (await readdir(join(root, path))).toSorted();
  for (const name of names) {
    const inner = path === '' ? name : `${path}/${name}`;
    const stats = await lstat(join(root, inner));
    if (stats.isDirectory()) {
      await addEntry(archive, { ...headerOf(inner, stats), type: 'directory' });
      await addFolder(archive, root, inner);
    } else if (stats.isSymbolicLink()) {
      await addEntry(archive, {
        ...headerOf(inner, stats),
        type: 'symlink',
        linkname: await readlink(join(root, inner)),
      });
    } else if (stats.isFile()) {
      await addFile(archive, join(root, inner), headerOf(inner, stats), stats.size);
    }
  }
}

function headerOf(name: string, stats: Stats): EntryHeader {
  return { name, mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 };
}

function addEntry(archive: Pack, header: EntryHeader): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, (error) => (error ? reject(error) : resolve()));
  });
}

/** A file that grows meanwhile is cut to the size its header promised; one that shrinks fails the archive. */
async function addFile(archive: Pack, file: string, header: EntryHeader, size: number): Promise<void> {
  let entry: Entry | undefined;
  const packed = new Promise<void>((resolve, reject) => {
    entry = archive.entry({ ...header, type: 'file', size }, (error) => (error ? reject(error) : resolve()));
  });
  await Promise.all([packed, entry === undefined ? undefined : fill(entry, file, size, packed)]);
}

async function fill(entry: Entry, file: string, size: number, packed: Promise<void>): Promise<void> {
  if (size > 0)
    for await (const bytes of createReadStream(file, { end: size - 1 }))
      // An archive that is destroyed meanwhile drains no more.
      if (!entry.write(bytes)) await Promise.race([once(entry, 'drain'), packed]);
  entry.end(null);
}
