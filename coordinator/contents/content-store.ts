import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import { digestOf, packFiles, readEntry, unpackFiles } from './archive.js';
import type { SourceFile } from './archive.js';
import { contentError } from './refusals.js';

/** Content that is kept, by the digest of its archive. */
export interface KeptContent {
  readonly digest: string;
  readonly bytes: number;
}

/** Digests that are somebody's. */
type Needed = () => ReadonlySet<string>;

/** Of an archive that is sent on; far below what one message may have. */
const PIECE_BYTES = 256 * 1024;
const NAME = /^([0-9a-f]{64})\.tar$/;

/** Archives of modules and models in a folder of the coordinator's: one file each, named by its digest, checked whenever it is read. */
export class ContentStore {
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #held = new Map<string, number>();
  #turn: Promise<void> = Promise.resolve();

  constructor(folder: string, mostBytes: number) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /**
   * Keeps files, and holds them until `release`, for nobody needs them yet; those that are there already are written no
   * second time. Throws HeadframeError (resource_exhausted, 'module_cache_full').
   */
  async keep(files: readonly SourceFile[], needed: Needed): Promise<KeptContent> {
    const archive = await packFiles(files);
    const digest = await digestOf(archive);
    this.#hold(digest);
    try {
      await this.#inTurn(() => this.#write(digest, archive, needed));
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
        if (await this.isSound(kept.digest)) return;
        await this.#makeRoom(kept.bytes, needed);
        await mkdir(this.#folder, { recursive: true, mode: 0o700 });
        await rename(file, this.#pathOf(kept.digest));
        await syncFolder(this.#folder);
      });
    } catch (error) {
      this.release(kept.digest);
      throw error;
    }
  }

  /** Holds what is there until `release`; undefined, and no hold, where it is not. */
  async hold(digest: string): Promise<KeptContent | undefined> {
    this.#hold(digest);
    const found = await stat(this.#pathOf(digest)).catch(() => undefined);
    if (found !== undefined) return { digest, bytes: found.size };
    this.release(digest);
    return undefined;
  }

  /** The beginning of one file of an archive, to so many bytes; undefined where there is no such file. Throws as `read` does. */
  async file(digest: string, path: string, mostBytes: number): Promise<Buffer | undefined> {
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
    try {
      const file = createReadStream(this.#pathOf(digest), { highWaterMark: PIECE_BYTES });
      // Without an encoding it gives bytes.
      for await (const piece of file) yield piece as Buffer;
    } catch (error) {
      throw contentError('module_content_lost', `the content ${digest} cannot be read`, error);
    }
  }

  async #readArchive(digest: string): Promise<Buffer> {
    const archive = await readFile(this.#pathOf(digest)).catch((error: unknown) => {
      throw contentError('module_content_lost', `the content ${digest} cannot be read`, error);
    });
    if ((await digestOf(archive)) === digest) return archive;
    throw contentError('module_content_lost', `the content ${digest} is not what it was`);
  }

  /** Whether an archive is there and what it was. */
  async isSound(digest: string): Promise<boolean> {
    const hash = createHash('sha256');
    return pipeline(createReadStream(this.#pathOf(digest)), hash).then(
      () => `sha256:${hash.digest('hex')}` === digest,
      () => false,
    );
  }

  /** Removes what nobody needs or holds any more. */
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
    if (await this.isSound(digest)) return;
    await this.#makeRoom(archive.length, needed);
    await writeWhole(this.#pathOf(digest), archive);
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

/** A name is durable once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
