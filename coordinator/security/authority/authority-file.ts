import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { makeAuthorityCertificate, makeKeyPair, readSigner } from './issue.js';
import type { KeyPair, Signer, Validity } from './issue.js';
import type { Protector } from './protector.js';

const FILE = 'authority.json';
/** The name that the key is sealed under. */
const SEALED_NAME = 'the key of the authority';

const formerSchema = z.object({ certificate: z.string(), cross: z.string(), rotatedAtMs: z.int() });
const fileSchema = z.object({
  version: z.literal(1),
  certificate: z.string(),
  key: z.unknown(),
  former: formerSchema.optional(),
});

/** An authority that was replaced and whose certificates are good for now. Its key is gone; PEM. */
export interface FormerFile {
  readonly certificate: string;
  /** The certificate of its successor, signed by it. */
  readonly cross: string;
  /** Wall time in milliseconds. */
  readonly rotatedAtMs: number;
}

/** What of an authority is kept. */
export interface KeptAuthority {
  readonly signer: Signer;
  readonly former: FormerFile | undefined;
}

/** A new authority, not kept yet. */
export interface MadeAuthority {
  readonly signer: Signer;
  readonly keys: KeyPair;
}

/** An authority on disk: one file that is written whole, so that whatever befalls the program it is the old or the new one. */
export class AuthorityFile {
  readonly #path: string;
  readonly #protector: Protector;

  constructor(folder: string, protector: Protector) {
    this.#path = join(folder, FILE);
    this.#protector = protector;
  }

  /** Reads it; undefined where there is none. Throws `HeadframeError`: data_loss, 'authority_damaged'; 'protector_wrong'. */
  async read(): Promise<KeptAuthority | undefined> {
    const text = await this.#readIfThere();
    if (text === undefined) return undefined;
    const { certificate, key, former } = this.#parse(text);
    try {
      for (const pem of [certificate, former?.certificate, former?.cross])
        if (pem !== undefined) new X509Certificate(pem);
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
    const signer = await readSigner(certificate, await this.#protector.open(key, SEALED_NAME));
    return { signer, former };
  }

  /** Keeps it durably in place of what was kept. */
  async keep({ signer, keys }: MadeAuthority, former?: FormerFile): Promise<void> {
    const key = await this.#protector.seal(keys.pkcs8, SEALED_NAME);
    await this.#write({ version: 1, certificate: signer.certificate.toString('pem'), key, former });
  }

  /** Drops the former durably; the rest stays. */
  async dropFormer(): Promise<void> {
    const { version, certificate, key } = this.#parse((await this.#readIfThere()) ?? '');
    await this.#write({ version, certificate, key });
  }

  async #write(file: z.infer<typeof fileSchema>): Promise<void> {
    await writeWhole(this.#path, Buffer.from(JSON.stringify(file)));
  }

  #parse(text: string): z.infer<typeof fileSchema> {
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  async #readIfThere(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw damaged(this.#path, error);
    }
  }
}

/** Makes a new authority; the one that replaces another takes its name over. */
export async function makeAuthority(validity: Validity, name?: string): Promise<MadeAuthority> {
  const keys = makeKeyPair();
  const certificate = await makeAuthorityCertificate(keys, validity, name);
  return { keys, signer: await readSigner(certificate.toString('pem'), keys.pkcs8) };
}

function damaged(path: string, cause: unknown): HeadframeError {
  const message = `${path} cannot be read as an authority`;
  const remedy = 'Put it back from a backup: without it every host has to join again.';
  return new HeadframeError({ code: 'data_loss', reason: 'authority_damaged', message, remedy, cause });
}
