import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import { HeadframeError } from '../../common/model/error.js';
import { digestOf, packFiles, readEntry, unpackFiles } from './archive.js';
import type { SourceFile } from './archive.js';
import type { ContentVault, KeptContent } from './content-vault.js';
import { Fetches } from './fetched-content.js';
import { contentError } from './refusals.js';

/** Digests that are somebody's. */
type Needed = () => ReadonlySet<string>;

/** What other coordinators of the cluster have part in. */
export interface SharedContents {
  readonly vault: ContentVault;
  readonly needed: Needed;
}

/** Of an archive that is sent on; far below what one message may have. */
const PIECE_BYTES = 256 * 1024;
const NAME = /^([0-9a-f]{64})\.tar$/;

/**
 * Archives of modules and models in a folder of the coordinator's: one file each, named by its digest, checked whenever it is read. In a
 * cluster the folder is a part of what its vault has: nothing is kept before it is there, and what is not here comes from there.
 */
export class ContentStore {
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #held = new Map<string, number>();
  readonly #shared: SharedContents | undefined;
  readonly #fetches: Fetches;
  readonly #fetching = new Map<string, Promise<boolean>>();
  #turn: Promise<void> = Promise.resolve();

  constructor(folder: string, mostBytes: number, shared?: SharedContents) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#shared = shared;
    this.#fetches = new Fetches(`${folder}-fetched`);
  }

  /**
   * Keeps files, and holds them until `release`, for nobody needs them yet; those that are there already are written no
   * second time. Throws HeadframeError: resource_exhausted, 'module_cache_full'; in a cluster as `ContentVault.put` does.
   */
  async keep(files: readonly SourceFile[], needed: Needed): Promise<KeptContent> {
    const archive = await packFiles(files);
    const digest = await digestOf(archive);
    this.#hold(digest);
    try {
      await this.#inTurn(() => this.#write(digest, archive, needed));
      await this.#put({ digest, bytes: archive.length });
    } catch (error) {
      this.release(digest);
      throw error;
    }
    return { digest, bytes: archive.length };
  }

  /**
   * Keeps the archive that a file holds, which is moved, and holds it as `keep` does. The file is to be on the same disk, durable,
   * and what `kept` says. Throws as `keep` does.
   */
  async adopt(file: string, kept: KeptContent, needed: Needed): Promise<void> {
    this.#hold(kept.digest);
    try {
      await this.#inTurn(async () => {
        if (!(await this.#isSoundHere(kept.digest))) await this.#moveIn(file, kept, needed);
      });
      await this.#put(kept);
    } catch (error) {
      this.release(kept.digest);
      throw error;
    }
  }

  /** Holds what is there until `release`; undefined, and no hold, where it is not. In a cluster throws as `ContentVault` does. */
  async hold(digest: string): Promise<KeptContent | undefined> {
    this.#hold(digest);
    try {
      await this.#bring(digest);
      const found = await this.#find(digest);
      if (found === undefined) this.release(digest);
      else await this.#put(found);
      return found;
    } catch (error) {
      this.release(digest);
      throw error;
    }
  }

  /** Whether somebody holds it. */
  isHeld(digest: string): boolean {
    return this.#held.has(digest);
  }

  /** Has the cluster have what is here; of what is not here nothing is done. Throws as `ContentVault.put` does. */
  async share(digest: string): Promise<void> {
    const found = await this.#find(digest);
    if (found !== undefined) await this.#put(found);
  }

  /** The beginning of one file of an archive, to so many bytes; undefined where there is no such file. Throws as `read` does. */
  async file(digest: string, path: string, mostBytes: number): Promise<Buffer | undefined> {
    await this.#bring(digest);
    try {
      return await readEntry(this.#pathOf(digest), path, mostBytes);
    } catch (error) {
      throw contentError('module_content_lost', `the content ${digest} cannot be read`, error);
    }
  }

  #hold(digest: string): void {
    this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
  }

  /** Ends one hold. */
  release(digest: string): void {
    const holds = (this.#held.get(digest) ?? 0) - 1;
    if (holds > 0) this.#held.set(digest, holds);
    else this.#held.delete(digest);
  }

  /** The files of an archive. Throws HeadframeError (data_loss, 'module_content_lost') where it is gone or not what it was. */
  async read(digest: string): Promise<SourceFile[]> {
    return unpackFiles(await this.#readArchive(digest));
  }

  /** The archive itself in pieces, unchecked: whoever takes them checks the digest. Throws as `read` does. */
  async *pieces(digest: string): AsyncGenerator<Uint8Array> {
    await this.#bring(digest);
    try {
      const file = createReadStream(this.#pathOf(digest), { highWaterMark: PIECE_BYTES });
      // Without an encoding it gives bytes.
      for await (const piece of file) yield piece as Buffer;
    } catch (error) {
      throw contentError('module_content_lost', `the content ${digest} cannot be read`, error);
    }
  }

  async #readArchive(digest: string): Promise<Buffer> {
    await this.#bring(digest);
    const archive = await this.#readFile(digest);
    if ((await digestOf(archive)) === digest) return archive;
    if (await this.#fetch(digest)) return this.#readFile(digest);
    throw contentError('module_content_lost', `the content ${digest} is not what it was`);
  }

  #readFile(digest: string): Promise<Buffer> {
    return readFile(this.#pathOf(digest)).catch((error: unknown) => {
      throw contentError('module_content_lost', `the content ${digest} cannot be read`, error);
    });
  }

  /** Whether an archive is there and what it was; in a cluster one that is not comes anew, where it can. */
  async isSound(digest: string): Promise<boolean> {
    if (await this.#isSoundHere(digest)) return true;
    return this.#fetch(digest).catch((error: unknown) => {
      if (isLost(error)) return false;
      throw error;
    });
  }

  async #isSoundHere(digest: string): Promise<boolean> {
    const hash = createHash('sha256');
    return pipeline(createReadStream(this.#pathOf(digest)), hash).then(
      () => `sha256:${hash.digest('hex')}` === digest,
      () => false,
    );
  }

  /** Fetches what is not here, if the cluster has it. */
  async #bring(digest: string): Promise<void> {
    if (this.#shared !== undefined && (await this.#find(digest)) === undefined) await this.#fetch(digest);
  }

  async #find(digest: string): Promise<KeptContent | undefined> {
    const found = await stat(this.#pathOf(digest)).catch(() => undefined);
    return found && { digest, bytes: found.size };
  }

  /** Whether the cluster has had it; whoever asks meanwhile waits for the same. */
  #fetch(digest: string): Promise<boolean> {
    const shared = this.#shared;
    if (shared === undefined) return Promise.resolve(false);
    const running = this.#fetching.get(digest) ?? this.#fetchFrom(shared, digest);
    this.#fetching.set(digest, running);
    const done = (): boolean => this.#fetching.delete(digest);
    running.then(done, done);
    return running;
  }

  async #fetchFrom({ vault, needed }: SharedContents, digest: string): Promise<boolean> {
    const pieces = await vault.fetch(digest);
    if (pieces === undefined) return false;
    this.#hold(digest);
    try {
      const { file, ...fetched } = await this.#fetches.write(digest, pieces);
      await this.#inTurn(() => this.#moveIn(file, fetched, needed));
      return true;
    } catch (error) {
      if (isLost(error)) vault.distrust(digest);
      throw error;
    } finally {
      this.release(digest);
    }
  }

  async #put(content: KeptContent): Promise<void> {
    const file = this.#pathOf(content.digest);
    await this.#shared?.vault.put(content, () => createReadStream(file, { highWaterMark: PIECE_BYTES }));
  }

  /** Removes from here what nobody needs or holds any more; a vault is swept by whoever keeps it. */
  sweep(needed: Needed): Promise<void> {
    return this.#inTurn(() => this.#sweep(needed));
  }

  async #sweep(needed: Needed): Promise<void> {
    const names = await this.#names();
    const kept = needed();
    for (const name of names) {
      const digest = `sha256:${NAME.exec(name)?.[1] ?? ''}`;
      if (!kept.has(digest) && !this.#held.has(digest)) await rm(join(this.#folder, name), { force: true });
    }
  }

  async #write(digest: string, archive: Buffer, needed: Needed): Promise<void> {
    if (await this.#isSoundHere(digest)) return;
    await this.#makeRoom(archive.length, needed);
    await writeWhole(this.#pathOf(digest), archive);
  }

  async #moveIn(file: string, { digest, bytes }: KeptContent, needed: Needed): Promise<void> {
    await this.#makeRoom(bytes, needed);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await rename(file, this.#pathOf(digest));
    await syncFolder(this.#folder);
  }

  async #makeRoom(bytes: number, needed: Needed): Promise<void> {
    await this.#sweep(needed);
    const sizes = (await this.#names()).map(async (name) => (await stat(join(this.#folder, name))).size);
    const used = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    if (used + bytes <= this.#mostBytes) return;
    const text = `${bytes} bytes more than the ${used} that are kept are more than ${this.#mostBytes}`;
    throw contentError('module_cache_full', text);
  }

  #pathOf(digest: string): string {
    return join(this.#folder, `${digest.replace(/^sha256:/, '')}.tar`);
  }

  /** One writer at a time: two drafts of one file would meet, and room is to be counted once. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Drafts that a crash has left included, which are nobody's. */
  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof HeadframeError && error.reason === 'module_content_lost';
}

/** A name is durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
