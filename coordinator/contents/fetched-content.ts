import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KeptContent } from './content-vault.js';
import { contentError } from './refusals.js';

/** Writes what a vault gives into files of its own, and lets nothing through that is not what it is called. */
export class Fetches {
  readonly #folder: string;
  #cleaned: Promise<void> | undefined;

  /** The folder is its own, on the disk of the contents; what an earlier life has left there goes. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * A file, durable, with the archive of that digest; whoever takes it moves it away. Throws `HeadframeError` (data_loss,
   * 'module_content_lost') for any other archive, of which nothing is left.
   */
  async write(digest: string, pieces: AsyncIterable<Uint8Array>): Promise<KeptContent & { readonly file: string }> {
    await (this.#cleaned ??= emptied(this.#folder));
    const file = join(this.#folder, `${digest.replace(/^sha256:/, '')}.tar`);
    try {
      const hash = createHash('sha256');
      const bytes = await copy(pieces, file, hash);
      const found = `sha256:${hash.digest('hex')}`;
      if (found !== digest) throw contentError('module_content_lost', `the cluster has ${found} for content ${digest}`);
      return { digest, bytes, file };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }
}

async function copy(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  hash: { update(data: Uint8Array): unknown },
): Promise<number> {
  let bytes = 0;
  const counting = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  await pipeline(pieces, counting, createWriteStream(file, { mode: 0o600 }));
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
