import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';

/** Where the key comes from that protects what must not lie on a disk in clear. */
export type Protection =
  { readonly kind: 'key'; readonly secret: Buffer } | { readonly kind: 'passphrase'; readonly secret: Buffer };

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** 2^15 rounds of 8 blocks: about 0.1 s and 32 MiB for each guess, as OWASP advises at least. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };

const sealedSchema = z.object({
  version: z.literal(1),
  from: z.enum(['key', 'passphrase']),
  salt: z.string(),
  nonce: z.string(),
  tag: z.string(),
  data: z.string(),
});

/** What was sealed, fit for JSON; without the secret it tells only its length. */
export type Sealed = z.infer<typeof sealedSchema>;

/** Encrypts for the disk with AES-256-GCM, each time with a key of its own. */
export class Protector {
  readonly #protection: Protection;

  constructor(protection: Protection) {
    this.#protection = protection;
  }

  /** Seals bytes under a name, which `open` must be given again: nothing that is sealed can stand for anything else. */
  async seal(bytes: Uint8Array, name: string): Promise<Sealed> {
    const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
    const cipher = createCipheriv(ALGORITHM, await this.#keyFor(salt), nonce).setAAD(Buffer.from(name));
    const data = Buffer.concat([cipher.update(bytes), cipher.final()]);
    const parts = { salt, nonce, tag: cipher.getAuthTag(), data };
    const texts = Object.entries(parts).map(([part, value]) => [part, value.toString('base64')]);
    return sealedSchema.parse({ version: 1, from: this.#protection.kind, ...Object.fromEntries(texts) });
  }

  /** Throws `HeadframeError`: failed_precondition, 'protector_wrong', for another secret, another name or damage. */
  async open(sealed: unknown, name: string): Promise<Buffer> {
    const parsed = sealedSchema.safeParse(sealed);
    if (!parsed.success || parsed.data.from !== this.#protection.kind) throw wrongProtector(name);
    const [salt, nonce, tag, data] = (['salt', 'nonce', 'tag', 'data'] as const).map((part) =>
      Buffer.from(parsed.data[part], 'base64'),
    ) as [Buffer, Buffer, Buffer, Buffer]; // four of four
    try {
      const key = await this.#keyFor(salt);
      const cipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(name));
      cipher.setAuthTag(tag);
      return Buffer.concat([cipher.update(data), cipher.final()]);
    } catch (cause) {
      throw wrongProtector(name, cause);
    }
  }

  #keyFor(salt: Buffer): Promise<Buffer> | Buffer {
    const { kind, secret } = this.#protection;
    if (kind === 'key') return Buffer.from(hkdfSync('sha256', secret, salt, 'headframe', KEY_BYTES));
    return new Promise((resolve, reject) => {
      scrypt(secret, salt, KEY_BYTES, SCRYPT, (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      });
    });
  }
}

function wrongProtector(name: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'protector_wrong',
    message: `${name} cannot be opened with the key or passphrase at hand`,
    remedy: 'Give the one it was sealed with (security.keyFile, security.passphraseFile or the systemd credential).',
    cause,
  });
}
