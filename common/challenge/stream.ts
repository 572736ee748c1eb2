import { createCipheriv } from 'node:crypto';
import type { Cipher } from 'node:crypto';

/** Bytes of a piece of a seeded stream on the wire. */
const PIECE_BYTES = 64 * 1024;

/** A stream of bytes that nobody can tell or shorten without its key: AES-256 in counter mode from zero (NIST SP 800-38A). */
export class SeededStream {
  readonly #cipher: Cipher;

  /** `key` is 32 bytes and never used for another stream. */
  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** The next bytes of it. */
  next(bytes: number): Buffer {
    return this.#cipher.update(Buffer.alloc(bytes));
  }

  /** All of it up to a length, piece by piece. */
  *pieces(bytes: number): Generator<Buffer> {
    for (let left = bytes; left > 0; left -= PIECE_BYTES) yield this.next(Math.min(left, PIECE_BYTES));
  }
}
