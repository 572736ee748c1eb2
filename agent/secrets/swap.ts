import { chmod, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../common/disk/index.js';

/** A file of a folder that is swapped whole. */
export interface SwappedFile {
  /** Base name; never one that begins with `..`. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
  /** Owner on the host; undefined leaves it the agent's own. */
  readonly owner: FileOwner | undefined;
}

/** User and group on the host. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The link through which a folder's files are reached. */
const CURRENT = '..data';

/** Path of a file's present content. */
export function currentFile(folder: string, name: string): string {
  return join(folder, CURRENT, name);
}

/**
 * Gives a folder these files in place of what it had, all at one instant: they lie in a folder of their own, to which one
 * link is turned. Who sees the folder mounted sees the new files; who has an old one open reads on in it.
 */
export async function swapFiles(folder: string, version: string, files: readonly SwappedFile[]): Promise<void> {
  const next = `..${version}`;
  await makeFolder(folder);
  await rm(join(folder, next), { recursive: true, force: true });
  await makeFolder(join(folder, next));
  for (const file of files) await writeFile(join(folder, next, file.name), file);
  await turnLink(folder, CURRENT, next);
  for (const { name } of files) await makeLink(folder, name, `${CURRENT}/${name}`);
  const kept = new Set([CURRENT, next, ...files.map(({ name }) => name)]);
  for (const name of await readdir(folder))
    if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Gives a file's present content to its owner. */
export async function giveFile(folder: string, name: string, owner: FileOwner): Promise<void> {
  const file = await open(currentFile(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
}

// The user of the container passes through it; the folders above keep everybody else of the host out.
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chmod(path, 0o755);
}

async function writeFile(path: string, { content, mode, owner }: SwappedFile): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
}

async function turnLink(folder: string, name: string, target: string): Promise<void> {
  const draft = join(folder, `${name}.tmp`);
  await rm(draft, { force: true });
  await symlink(target, draft);
  await rename(draft, join(folder, name));
}

async function makeLink(folder: string, name: string, target: string): Promise<void> {
  await symlink(target, join(folder, name)).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
}
