import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { hasCode, nodeDisk, writeWhole } from '../../common/disk/index.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Certificates } from '../../common/rpc/index.js';

/** A certificate that was given, and whom to trust; PEM. */
export interface Given {
  readonly certificate: string;
  readonly authorities: string;
}

const NAMES = {
  key: 'key.pem',
  nextKey: 'next-key.pem',
  certificate: 'certificate.pem',
  authorities: 'authorities.pem',
  coordinator: 'coordinator',
} as const;
const KEY_MODE = 0o400;

/**
 * What a host proves itself with, on disk. A new key is written before its certificate is asked for and takes the old one's
 * place after the certificate has come, so that a crash at any moment leaves a key and a certificate that fit.
 */
export class IdentityFolder {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'identity');
  }

  /** The key to ask a certificate for: the one of an attempt that was cut short, or a new one, durably. */
  async nextKey(): Promise<KeyObject> {
    const kept = await this.#read(NAMES.nextKey);
    if (kept !== undefined) return createPrivateKey(kept);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await this.#write(NAMES.nextKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), KEY_MODE);
    return privateKey;
  }

  /** Where the host joined; undefined for one that has not. */
  async coordinator(): Promise<string | undefined> {
    return (await this.#read(NAMES.coordinator))?.toString().trim();
  }

  /** Keeps what was given for the next key, durably, and makes that key the host's own. */
  async keep(given: Given, coordinator?: string): Promise<void> {
    if (coordinator !== undefined) await this.#write(NAMES.coordinator, `${coordinator}\n`);
    await this.#write(NAMES.authorities, given.authorities);
    await this.#write(NAMES.certificate, given.certificate);
    await this.#promote();
  }

  /** Reads it; undefined for a host that has not joined. Throws `HeadframeError` (data_loss, 'identity_damaged'). */
  async load(): Promise<Certificates | undefined> {
    const [certificate, authorities] = [await this.#read(NAMES.certificate), await this.#read(NAMES.authorities)];
    if (certificate === undefined || authorities === undefined) return undefined;
    const keys = [await this.#read(NAMES.key), await this.#read(NAMES.nextKey)];
    const at = keys.findIndex((key) => key !== undefined && fits(certificate, key));
    const key = keys[at];
    if (key === undefined) throw damaged(this.#folder);
    if (at === 1) await this.#promote();
    return { certificate, key, authorities };
  }

  async #promote(): Promise<void> {
    await nodeDisk.rename(join(this.#folder, NAMES.nextKey), join(this.#folder, NAMES.key));
    await nodeDisk.syncFolder(this.#folder);
  }

  async #read(name: string): Promise<Buffer | undefined> {
    return nodeDisk.read(join(this.#folder, name)).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
  }

  #write(name: string, text: string | Buffer, mode?: number): Promise<void> {
    return writeWhole(join(this.#folder, name), text, mode);
  }
}

function fits(certificate: Buffer, key: Buffer): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    // What cannot be read fits nothing.
    return false;
  }
}

function damaged(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'identity_damaged',
    message: `the certificate in ${folder} fits none of its keys`,
    remedy: `Move ${folder} away, remove the host with headframe hosts rm, and join again with a new token.`,
  });
}
