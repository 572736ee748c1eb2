import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';

/** An entry of an archive: its name, what it holds, and what else its header says. */
export type TarEntry = readonly [name: string, content: string | Buffer, more?: Partial<Header>];

/** An archive of anything, in this order. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content, more] of entries) {
    const bytes = Buffer.from(content);
    archive.entry(
      { name, size: bytes.length, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: 'file', ...more },
      bytes,
    );
  }
  archive.finalize();
  return buffer(Readable.from(archive, { objectMode: false }));
}

/** `sha256:` and the digest in hex. */
export function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** What of a forged package differs from an honest one. */
export interface Forgery {
  /** What is signed; goes over what the manifest would say. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly content?: Buffer;
  /** Put in place of what was signed. */
  readonly swapped?: Readonly<Record<string, string | Buffer>>;
  /** Entries behind the last one. */
  readonly more?: readonly TarEntry[];
}

/** Somebody who signs whatever is asked for. */
export class Forger {
  readonly #secret: KeyObject;
  readonly publicKey: string;

  constructor(type: 'ed25519' | 'ed448' = 'ed25519') {
    // The overloads of Node's types tell the two apart, which differ in nothing here.
    const { privateKey, publicKey } =
      type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ed448');
    this.#secret = privateKey;
    this.publicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  /** `sha256:` and the digest of the public key. */
  get fingerprint(): string {
    const der = Buffer.from(this.publicKey.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    return digestOf(der);
  }

  /** A package, by default of a module `alpha` of one file. */
  async package({ manifest, content, swapped = {}, more = [] }: Forgery = {}): Promise<Buffer> {
    const archive = content ?? (await tarOf([['miner.py', 'import os\n']]));
    const sbom = '{}\n';
    const said = {
      format: 'headframe.module-package/1',
      ...{ name: 'alpha', version: '1.0', commit: 'a'.repeat(40) },
      source: { url: 'https://example.org/a/alpha', ref: 'main' },
      created: { at: '2026-05-01T00:00:00.000Z', by: 'eve' },
      content: { digest: digestOf(archive), bytes: archive.length, skipped: 0, skippedPaths: [] },
      sbom: { digest: digestOf(sbom), bytes: sbom.length },
      image: { base: 'python:3' },
      roles: [{ role: 'miner' }],
      ...manifest,
    };
    const text = Buffer.from(JSON.stringify(said));
    const parts = {
      'manifest.json': text,
      'manifest.sig': sign(null, text, this.#secret),
      'signer.pem': this.publicKey,
      'sbom.cdx.json': sbom,
      'content.tar': archive,
      ...swapped,
    };
    return tarOf([...Object.entries(parts), ...more]);
  }
}
