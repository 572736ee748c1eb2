import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Disk, DiskFile } from './disk.js';

/** The file system of this machine. */
export const nodeDisk: Disk = {
  makeFolder,
  list: async (folder) => {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  },
  read: (path) => readFile(path),
  size: async (path) => (await stat(path)).size,
  create: async (path) => openedFile(await open(path, 'wx', 0o600)),
  edit: async (path) => openedFile(await open(path, 'r+')),
  rename: (from, to) => rename(from, to),
  remove: (path) => unlink(path),
  syncFolder,
};

function openedFile(handle: FileHandle): DiskFile {
  return {
    write: (bytes, position) => writeAll(handle, bytes, position),
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const step = await handle.write(bytes, written, bytes.length - written, position + written);
    written += step.bytesWritten;
  }
}

async function makeFolder(path: string): Promise<void> {
  const absolute = resolve(path);
  const first = await mkdir(absolute, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(first);
  for (let folder = dirname(absolute); folder.length >= top.length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === top) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
