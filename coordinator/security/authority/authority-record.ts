import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import { makeAuthorityCertificate, makeKeyPair, readSigner } from './issue.js';
import type { KeyPair, Signer, Validity } from './issue.js';
import type { AuthorityPlace, PlacedRecord } from './place.js';
import type { Protector } from './protector.js';
import { anotherProtector, changedElsewhere, damaged } from './refusals.js';

/** The name that the key is sealed under. */
const SEALED_NAME = 'the key of the authority';

const formerSchema = z.object({ certificate: z.string(), cross: z.string(), rotatedAtMs: z.int() });
const recordSchema = z.object({
  version: z.literal(1),
  certificate: z.string(),
  key: z.unknown(),
  former: formerSchema.optional(),
});

/** An authority that was replaced and whose certificates are good for now. Its key is gone; PEM. */
export interface FormerRecord {
  readonly certificate: string;
  /** The certificate of its successor, signed by it. */
  readonly cross: string;
  /** Wall time in milliseconds. */
  readonly rotatedAtMs: number;
}

/** What of an authority is kept. */
export interface KeptAuthority {
  readonly signer: Signer;
  readonly former: FormerRecord | undefined;
}

/** A new authority, not kept yet. */
export interface MadeAuthority {
  readonly signer: Signer;
  readonly keys: KeyPair;
}

/**
 * An authority where it is kept, its key sealed. What is kept takes the place of what was read or kept before by this object, and
 * of nothing else: who was second among coordinators reads again.
 */
export class AuthorityRecord {
  readonly #place: AuthorityPlace;
  readonly #protector: Protector;
  #revision = 0;

  constructor(place: AuthorityPlace, protector: Protector) {
    this.#place = place;
    this.#protector = protector;
  }

  /** Reads it; undefined where there is none. Throws `HeadframeError`: data_loss, 'authority_damaged'; 'protector_wrong'. */
  async read(): Promise<KeptAuthority | undefined> {
    const found = await this.#place.read('authority');
    return found && this.#open(found);
  }

  /** The same where it is another than was read or kept last; undefined otherwise. */
  async readChanged(): Promise<KeptAuthority | undefined> {
    const found = await this.#place.read('authority');
    return found === undefined || found.revision === this.#revision ? undefined : this.#open(found);
  }

  /** Keeps the first one durably, and gives it; where another coordinator was sooner, gives that. Throws as `read` does. */
  async create({ signer, keys }: MadeAuthority): Promise<KeptAuthority> {
    const revision = await this.#place.replace('authority', await this.#textOf({ signer, keys }), 0);
    if (revision === undefined) {
      const found = await this.read();
      if (found === undefined) throw changedElsewhere(this.#place.whereIs('authority'));
      return found;
    }
    this.#revision = revision;
    return { signer, former: undefined };
  }

  /** Keeps it durably in place of what was kept. Throws `HeadframeError` (aborted, 'authority_changed'). */
  async keep(made: MadeAuthority, former?: FormerRecord): Promise<void> {
    await this.#replace(await this.#textOf(made, former));
  }

  /** Drops the former durably; the rest stays. Throws as `keep` does. */
  async dropFormer(): Promise<void> {
    const found = await this.#place.read('authority');
    const { version, certificate, key } = this.#parse(found?.text ?? '');
    await this.#replace(JSON.stringify({ version, certificate, key }));
  }

  async #replace(text: string): Promise<void> {
    const revision = await this.#place.replace('authority', text, this.#revision);
    if (revision === undefined) throw changedElsewhere(this.#place.whereIs('authority'));
    this.#revision = revision;
  }

  async #open({ text, revision }: PlacedRecord): Promise<KeptAuthority> {
    const { certificate, key, former } = this.#parse(text);
    try {
      for (const pem of [certificate, former?.certificate, former?.cross])
        if (pem !== undefined) new X509Certificate(pem);
    } catch (cause) {
      throw damaged(this.#place.whereIs('authority'), cause);
    }
    const signer = await readSigner(certificate, await this.#unseal(key));
    this.#revision = revision;
    return { signer, former };
  }

  async #unseal(key: unknown): Promise<Buffer> {
    try {
      return await this.#protector.open(key, SEALED_NAME);
    } catch (error) {
      const isOthers = this.#place.shared !== undefined && error instanceof HeadframeError;
      throw isOthers ? anotherProtector(this.#place.whereIs('authority'), error) : error;
    }
  }

  async #textOf({ signer, keys }: MadeAuthority, former?: FormerRecord): Promise<string> {
    const key = await this.#protector.seal(keys.pkcs8, SEALED_NAME);
    const record: z.infer<typeof recordSchema> = {
      version: 1,
      certificate: signer.certificate.toString('pem'),
      key,
      former,
    };
    return JSON.stringify(record);
  }

  #parse(text: string): z.infer<typeof recordSchema> {
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw damaged(this.#place.whereIs('authority'), cause);
    }
  }
}

/** Makes a new authority; the one that replaces another takes its name over. */
export async function makeAuthority(validity: Validity, name?: string): Promise<MadeAuthority> {
  const keys = makeKeyPair();
  const certificate = await makeAuthorityCertificate(keys, validity, name);
  return { keys, signer: await readSigner(certificate.toString('pem'), keys.pkcs8) };
}
