import type { ContentVault, KeptContent } from '../../coordinator/contents/index.js';
import { contentError } from '../../coordinator/contents/index.js';

/** A vault in memory that can be away, and have other bytes than it was given. */
export class MemoryVault implements ContentVault {
  /** Archives by their digests. */
  readonly archives = new Map<string, Buffer>();
  readonly claims: string[] = [];
  isAway = false;
  /** Archives that were sent. */
  sent = 0;
  readonly #distrusted = new Set<string>();

  async put({ digest }: KeptContent, pieces: () => AsyncIterable<Uint8Array>): Promise<void> {
    this.#check();
    if (this.archives.has(digest) && !this.#distrusted.delete(digest)) return;
    const held: Uint8Array[] = [];
    for await (const piece of pieces()) held.push(piece);
    this.archives.set(digest, Buffer.concat(held));
    this.sent += 1;
  }

  async fetch(digest: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    await Promise.resolve();
    this.#check();
    const found = this.archives.get(digest);
    return found && inTwo(found);
  }

  distrust(digest: string): void {
    this.#distrusted.add(digest);
  }

  async claim(digest: string): Promise<boolean> {
    await Promise.resolve();
    this.#check();
    this.claims.push(digest);
    return this.archives.has(digest);
  }

  async digests(): Promise<ReadonlySet<string>> {
    await Promise.resolve();
    this.#check();
    return new Set(this.archives.keys());
  }

  async sweep(isNeeded: (digest: string) => boolean): Promise<void> {
    await Promise.resolve();
    this.#check();
    for (const digest of this.archives.keys()) if (!isNeeded(digest)) this.archives.delete(digest);
  }

  #check(): void {
    if (this.isAway) throw contentError('content_vault_away', 'the vault is away');
  }
}

async function* inTwo(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes.subarray(0, 100);
  yield bytes.subarray(100);
}
