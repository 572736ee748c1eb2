import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { hasCode, nodeDisk, writeWhole } from '../disk/index.js';
import { HeadframeError } from '../model/error.js';
import type { Certificates } from '../rpc/index.js';

/** Names of the files, all PEM, that a folder with an identity holds. */
export const IDENTITY_FILES = {
  key: 'key.pem',
  certificate: 'certificate.pem',
  authorities: 'authorities.pem',
} as const;

/** A certificate that was given, and whom to trust; PEM. */
export interface Given {
  readonly certificate: string;
  readonly authorities: string;
}

/** How one folder differs from another. */
export interface KeyFolderOptions {
  /** Of the key's file. */
  readonly keyMode: number;
  /** What to do where no key fits the certificate. */
  readonly remedy: string;
}

const NEXT_KEY = 'next-key.pem';
/** Somebody else may put a new certificate and then its key in place just while both are read. */
const READS = 3;

/**
 * What somebody proves themselves with, on disk. A new key is written before its certificate is asked for and takes the old
 * one's place after the certificate has come, so that a crash at any moment leaves a key and a certificate that fit.
 */
export class KeyFolder {
  readonly #folder: string;
  readonly #options: KeyFolderOptions;

  constructor(folder: string, options: KeyFolderOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** The key to ask a certificate for: the one of an attempt that was cut short, or a new one, durably. */
  async nextKey(): Promise<KeyObject> {
    const kept = await this.read(NEXT_KEY);
    if (kept !== undefined) return createPrivateKey(kept);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await this.write(NEXT_KEY, privateKey.export({ type: 'pkcs8', format: 'pem' }), this.#options.keyMode);
    return privateKey;
  }

  /** Keeps what was given for the next key, durably, and makes that key the holder's own. */
  async keep(given: Given): Promise<void> {
    await this.write(IDENTITY_FILES.authorities, given.authorities);
    await this.write(IDENTITY_FILES.certificate, given.certificate);
    await this.#promote();
  }

  /**
   * Reads it, and ends what a crash cut short; undefined where nothing was given yet. Throws `HeadframeError` (data_loss,
   * 'identity_damaged').
   */
  async load(): Promise<Certificates | undefined> {
    const held = await this.#held();
    if (held?.isNext === true) await this.#promote();
    return held?.certificates;
  }

  /** Reads it as `load` does, and writes nothing. */
  async peek(): Promise<Certificates | undefined> {
    return (await this.#held())?.certificates;
  }

  /** A file of the folder; undefined where there is none. */
  protected read(name: string): Promise<Buffer | undefined> {
    return nodeDisk.read(join(this.#folder, name)).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
  }

  /** Writes a file of the folder durably. */
  protected write(name: string, text: string | Buffer, mode?: number): Promise<void> {
    return writeWhole(join(this.#folder, name), text, mode);
  }

  async #held(): Promise<{ readonly certificates: Certificates; readonly isNext: boolean } | undefined> {
    for (let left = READS; left > 0; left -= 1) {
      const certificate = await this.read(IDENTITY_FILES.certificate);
      const authorities = await this.read(IDENTITY_FILES.authorities);
      if (certificate === undefined || authorities === undefined) return undefined;
      for (const name of [IDENTITY_FILES.key, NEXT_KEY]) {
        const key = await this.read(name);
        if (key !== undefined && fits(certificate, key))
          return { certificates: { certificate, key, authorities }, isNext: name === NEXT_KEY };
      }
    }
    throw damaged(this.#folder, this.#options);
  }

  async #promote(): Promise<void> {
    await nodeDisk.rename(join(this.#folder, NEXT_KEY), join(this.#folder, IDENTITY_FILES.key));
    await nodeDisk.syncFolder(this.#folder);
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

function damaged(folder: string, { remedy }: KeyFolderOptions): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'identity_damaged',
    message: `the certificate in ${folder} fits none of its keys`,
    remedy,
  });
}
