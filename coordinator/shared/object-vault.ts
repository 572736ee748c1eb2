import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { contentError } from '../contents/index.js';
import type { ContentVault, KeptContent } from '../contents/index.js';
import type { ObjectParts } from './object-parts.js';
import { partSizes, partsOf } from './parts.js';
import { Quiet } from './quiet.js';
import type { SharedBucket } from './shared-bucket.js';

/** What the vault works with. */
export interface ObjectVaultParts {
  /** Says what is there: `content.DIGEST` has the name and size of its parts. */
  readonly bucket: Pick<SharedBucket, 'name' | 'read' | 'replace' | 'remove' | 'keys'>;
  readonly parts: Pick<ObjectParts, 'name' | 'put' | 'has' | 'read' | 'list' | 'remove' | 'usedBytes'>;
  readonly clock: Pick<Clock, 'bootMs'>;
  /** Bytes of all contents. */
  readonly mostBytes: number;
  /** Each part is in memory as a whole, twice over while it is sent; default 4 MiB, and the same for ever in one cluster. */
  readonly partBytes?: number | undefined;
}

const PREFIX = 'content.';
/** What nobody needed for so long goes, in milliseconds. A coordinator that leads no more knows that by then. */
const QUIET_MS = 3_600_000;
const PART_BYTES = 4 * 2 ** 20;
/** Others write the same entry at the same time; each time one of them comes through. */
const MOST_TRIES = 16;
const READS_AT_ONCE = 32;

const entrySchema = z.object({ version: z.literal(1), bytes: z.int().min(0), upload: z.uuid() });

interface Entry extends z.infer<typeof entrySchema> {
  readonly revision: number;
}

/**
 * Contents in NATS: parts as objects, under a name of their own for each upload, and an entry that names them, written last, so
 * that what has an entry is there whole. An entry is replaced and removed at the revision that was seen alone, and whoever
 * begins to need one replaces it: a coordinator that does not lead any more removes nothing of its successor's.
 */
export class ObjectVault implements ContentVault {
  readonly #parts: ObjectVaultParts;
  readonly #partBytes: number;
  readonly #distrusted = new Set<string>();
  readonly #putting = new Map<string, Promise<void>>();
  readonly #unneeded: Quiet;
  readonly #orphans: Quiet;

  constructor(parts: ObjectVaultParts) {
    this.#parts = parts;
    this.#partBytes = parts.partBytes ?? PART_BYTES;
    this.#unneeded = new Quiet(parts.clock, QUIET_MS);
    this.#orphans = new Quiet(parts.clock, QUIET_MS);
  }

  put(content: KeptContent, pieces: () => AsyncIterable<Uint8Array>): Promise<void> {
    const running = this.#putting.get(content.digest) ?? told(() => this.#put(content, pieces));
    this.#putting.set(content.digest, running);
    const done = (): boolean => this.#putting.delete(content.digest);
    running.then(done, done);
    return running;
  }

  fetch(digest: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    return told(async () => {
      const entry = await this.#entry(digest);
      return entry && this.#pieces(digest, entry);
    });
  }

  distrust(digest: string): void {
    this.#distrusted.add(digest);
  }

  digests(): Promise<ReadonlySet<string>> {
    return told(async () => new Set((await this.#parts.bucket.keys(PREFIX)).map(digestOfKey)));
  }

  claim(digest: string): Promise<boolean> {
    return told(async () => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const there = await this.#entry(digest);
        if (there === undefined) return false;
        if ((await this.#write({ digest, bytes: there.bytes }, there.upload, there.revision)) !== undefined)
          return true;
      }
      throw contested(digest);
    });
  }

  sweep(isNeeded: (digest: string) => boolean): Promise<void> {
    return told(async () => {
      // Before the entries: what is sent meanwhile has its entry later.
      const parts = await this.#parts.parts.list();
      const entries = await this.#entries();
      const unneeded = new Map([...entries].filter(([digest]) => !isNeeded(digest)));
      const states = new Map([...unneeded].map(([digest, { revision }]) => [digest, String(revision)]));
      for (const digest of this.#unneeded.quiet(states)) {
        const entry = unneeded.get(digest);
        // Asked again: each of those before has taken its time.
        if (entry !== undefined && !isNeeded(digest)) await this.#remove(digest, entry);
      }
      const uploads = new Set([...entries.values()].map(({ upload }) => upload));
      const orphans = parts.filter((part) => !uploads.has(uploadOf(part)));
      for (const part of this.#orphans.quiet(new Map(orphans.map((part) => [part, '']))))
        await this.#parts.parts.remove(part);
    });
  }

  async #entries(): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>();
    const digests = [...(await this.digests())];
    for (let at = 0; at < digests.length; at += READS_AT_ONCE) {
      const some = digests.slice(at, at + READS_AT_ONCE);
      const entries = await Promise.all(some.map((digest) => this.#entry(digest)));
      for (const [index, entry] of entries.entries()) if (entry !== undefined) found.set(some[index] ?? '', entry);
    }
    return found;
  }

  async #put(content: KeptContent, pieces: () => AsyncIterable<Uint8Array>): Promise<void> {
    let sent: string | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const there = await this.#entry(content.digest);
      // What is there is written in its own place: it is as new for whoever wanted to remove it.
      const upload = (await this.#good(content, there)) ?? (sent ??= await this.#send(content, pieces));
      if ((await this.#write(content, upload, there?.revision)) === undefined) continue;
      this.#distrusted.delete(content.digest);
      for (const one of [sent, there?.upload]) if (one !== upload) await this.#forget(one, there?.bytes);
      return;
    }
    throw contested(content.digest);
  }

  /** The upload that an entry names, where all of it is there and nobody has found it damaged. */
  async #good({ digest, bytes }: KeptContent, there: Entry | undefined): Promise<string | undefined> {
    if (there?.bytes !== bytes || this.#distrusted.has(digest)) return undefined;
    for (const [at, size] of partSizes(bytes, this.#partBytes).entries())
      if (!(await this.#parts.parts.has(partOf(there.upload, at), size))) return undefined;
    return there.upload;
  }

  /** Sends the parts; the name of this upload. What was sent of one that fails goes in its time. */
  async #send(content: KeptContent, pieces: () => AsyncIterable<Uint8Array>): Promise<string> {
    await this.#makeRoom(content);
    const upload = randomUUID();
    const hash = createHash('sha256');
    let at = 0;
    for await (const part of partsOf(pieces(), this.#partBytes)) {
      hash.update(part);
      await this.#parts.parts.put(partOf(upload, at), part);
      at += 1;
    }
    if (`sha256:${hash.digest('hex')}` !== content.digest)
      throw contentError('module_content_lost', `the content ${content.digest} is not what it was`);
    return upload;
  }

  async #makeRoom({ digest, bytes }: KeptContent): Promise<void> {
    const used = await this.#parts.parts.usedBytes();
    if (used + bytes <= this.#parts.mostBytes) return;
    const most = this.#parts.mostBytes;
    const text = `${digest} has ${bytes} bytes, and the cluster has ${used} of at most ${most}, what nobody needed for less than an hour included`;
    throw contentError('module_cache_full', text);
  }

  async *#pieces(digest: string, { upload, bytes }: Entry): AsyncGenerator<Uint8Array> {
    for (const [at, size] of partSizes(bytes, this.#partBytes).entries()) {
      const part = await told(() => this.#parts.parts.read(partOf(upload, at), size));
      if (part === undefined) {
        const where = `${partOf(upload, at)} of object bucket ${this.#parts.parts.name}`;
        throw contentError(
          'module_content_lost',
          `the content ${digest} is damaged: ${where} is gone or not what it was`,
        );
      }
      yield part;
    }
  }

  async #remove(digest: string, { upload, bytes, revision }: Entry): Promise<void> {
    if (await this.#parts.bucket.remove(keyOf(digest), revision)) await this.#forget(upload, bytes);
  }

  async #forget(upload: string | undefined, bytes = 0): Promise<void> {
    if (upload === undefined) return;
    for (const at of partSizes(bytes, this.#partBytes).keys()) await this.#parts.parts.remove(partOf(upload, at));
  }

  #write({ digest, bytes }: KeptContent, upload: string, revision = 0): Promise<number | undefined> {
    const entry: z.infer<typeof entrySchema> = { version: 1, bytes, upload };
    return this.#parts.bucket.replace(keyOf(digest), Buffer.from(JSON.stringify(entry)), revision);
  }

  async #entry(digest: string): Promise<Entry | undefined> {
    const found = await this.#parts.bucket.read(keyOf(digest));
    if (found === undefined) return undefined;
    try {
      return { ...entrySchema.parse(JSON.parse(found.value.toString('utf8'))), revision: found.revision };
    } catch (error) {
      const where = `${keyOf(digest)} of bucket ${this.#parts.bucket.name}`;
      throw contentError('module_content_lost', `${where} cannot be read as an entry of a content`, error);
    }
  }
}

/** What is away is told as what it means for contents. */
async function told<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof HeadframeError && error.reason === 'shared_place_away')
      throw contentError('content_vault_away', error.message, error);
    throw error;
  }
}

function contested(digest: string): HeadframeError {
  return contentError('content_vault_away', `others replace ${keyOf(digest)} again and again`);
}

function keyOf(digest: string): string {
  return `${PREFIX}${digest.replace(/^sha256:/, '')}`;
}

function digestOfKey(key: string): string {
  return `sha256:${key.slice(PREFIX.length)}`;
}

function partOf(upload: string, at: number): string {
  return `${upload}.${at}`;
}

function uploadOf(part: string): string {
  return part.split('.', 1).join('');
}
