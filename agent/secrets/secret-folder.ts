import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SecretRef } from '../../common/model/secret.js';
import { runtimeError } from '../runtime/runtime-error.js';
import { hostFolderOf, instanceFolder, secretMounts } from './layout.js';
import { readIndex } from './secret-index.js';
import type { SecretIndex, SecretOwner } from './secret-index.js';
import { currentFile, giveFile, swapFiles } from './swap.js';
import type { FileOwner } from './swap.js';

/** File systems that are memory (linux/magic.h): tmpfs and ramfs. */
const MEMORY_TYPES: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
const INDEX_FILE = 'index.json';
const OTHERS_WRITE = 0o022;

/** The folder, and what an earlier run of the agent has left in it. */
export interface KeptSecrets {
  readonly folder: SecretFolder;
  readonly kept: ReadonlyMap<number, SecretIndex>;
}

/** Looks at a host's folder; nothing is made before it is needed. */
export async function openSecretFolder(root: string, hostId: string): Promise<KeptSecrets> {
  const folder = new SecretFolder(root, hostId);
  return { folder, kept: await folder.load() };
}

/** An instance's files, by what its container refers to. */
export interface InstanceFiles {
  readonly serial: number;
  readonly refs: readonly SecretRef[];
}

/**
 * The files of one host's secrets, on a file system that is memory and in folders that are the agent's alone. Whatever it
 * finds there of an instance, the index says which values they are.
 */
export class SecretFolder {
  readonly #root: string;
  readonly #path: string;

  constructor(root: string, hostId: string) {
    this.#root = root;
    this.#path = hostFolderOf(root, hostId);
  }

  /** Makes the folders. Throws `HeadframeError` ('secret_store_unsafe') where they are no memory, or others can write. */
  async prepare(): Promise<void> {
    for (const path of [this.#root, this.#path]) {
      await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
        throw unsafe(`${path} cannot be made`, cause);
      });
      await checkOwn(path);
    }
    await chmod(this.#path, 0o700);
    const { type } = await statfs(this.#path);
    if (!MEMORY_TYPES.has(type)) throw unsafe(`${this.#path} lies on a disk`);
  }

  /** What is there already, by serial: what was left by an earlier run of the agent, and by nobody else. */
  async load(): Promise<Map<number, SecretIndex>> {
    const isOwn = await Promise.all([this.#root, this.#path].map(checkOwn)).then(
      () => true,
      () => false,
    );
    const names = isOwn ? await readdir(this.#path) : [];
    const serials = names.filter((name) => /^[1-9]\d{0,15}$/.test(name)).map(Number);
    const indexes = serials.map(async (serial) => {
      const text = await readFile(this.#indexFile(serial), 'utf8').catch(() => '');
      return [serial, readIndex(text)] as const;
    });
    return new Map(await Promise.all(indexes));
  }

  /** Puts new values in place; the others stay as they are. */
  async write(files: InstanceFiles, arrived: ReadonlyMap<string, Uint8Array>, index: SecretIndex): Promise<void> {
    await mkdir(instanceFolder(this.#path, files.serial), { recursive: true, mode: 0o700 });
    const version = randomBytes(8).toString('hex');
    for (const { source, refs } of secretMounts(this.#path, files.serial, files.refs)) {
      if (!refs.some(({ name }) => arrived.has(name))) continue;
      const swapped = await Promise.all(
        refs
          .filter(({ name }) => Object.hasOwn(index.values, name))
          .map(async ({ name, path, mode, uid }) => ({
            name: basename(path),
            content: arrived.get(name) ?? (await readFile(currentFile(source, basename(path)))),
            mode,
            owner: ownerOf(index.owner, uid),
          })),
      );
      await swapFiles(source, version, swapped);
    }
    await this.save(files.serial, index);
  }

  /**
   * Gives an instance's files to the user of its container, which is known once that is made. Throws `HeadframeError`
   * ('secret_unwritable') where it may not.
   */
  async give({ serial, refs }: InstanceFiles, owner: SecretOwner): Promise<void> {
    for (const mount of secretMounts(this.#path, serial, refs))
      for (const { path, uid } of mount.refs) {
        const to = ownerOf(owner, uid);
        if (to === undefined) continue;
        await giveFile(mount.source, basename(path), to).catch((cause: unknown) => {
          const message = `the agent cannot give ${path} to user ${String(to.uid)}`;
          throw runtimeError('secret_unwritable', message, { cause });
        });
      }
  }

  /** Writes down what is known of an instance's files. */
  async save(serial: number, index: SecretIndex): Promise<void> {
    const path = this.#indexFile(serial);
    await writeFile(`${path}.tmp`, JSON.stringify(index), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  /** Removes all of an instance. */
  async remove(serial: number): Promise<void> {
    await rm(instanceFolder(this.#path, serial), { recursive: true, force: true });
  }

  #indexFile(serial: number): string {
    return join(instanceFolder(this.#path, serial), INDEX_FILE);
  }
}

/** What others may have put there is not looked at: they could lead an agent with rights to any file. */
async function checkOwn(path: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) throw unsafe(`${path} is no folder`);
  if (stats.uid !== process.geteuid?.()) throw unsafe(`${path} belongs to another user`);
  if ((stats.mode & OTHERS_WRITE) !== 0) throw unsafe(`others may write in ${path}`);
}

function ownerOf(owner: SecretOwner | undefined, uid: number | undefined): FileOwner | undefined {
  const own = uid ?? owner?.uid;
  if (owner === undefined || own === undefined) return undefined;
  return { uid: owner.firstUid + own, gid: owner.firstUid };
}

function unsafe(message: string, cause?: unknown): Error {
  return runtimeError('secret_store_unsafe', message, { cause });
}
