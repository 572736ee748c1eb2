import { HeadframeError } from '../../../../common/model/error.js';
import type { SPACE_REASONS } from '../../../../common/model/space-reasons.js';

/** What bytes are refused as. */
export type Malformation = keyof typeof SPACE_REASONS;

/** Why bytes were refused: a short code, and the offset at which they stop being what they should be. */
export interface Fault {
  /** Snake case, such as `checksum`. */
  readonly fault: string;
  /** Counted from the first byte of the file or message. */
  readonly offset: number;
  /** What stands there or what was expected, for people. */
  readonly text: string;
}

/** The error of bytes that are refused; `metadata` has `fault` and `offset`. */
export function malformed(reason: Malformation, { fault, offset, text }: Fault): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason,
    message: `${text} (at offset ${String(offset)})`,
    metadata: { fault, offset: String(offset) },
  });
}

/** Reads little-endian values one after the other; throws `malformed` with fault 'short' where bytes are missing. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #reason: Malformation;
  #at = 0;

  constructor(bytes: Uint8Array, reason: Malformation) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#reason = reason;
  }

  /** Of the next byte to read. */
  get offset(): number {
    return this.#at;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#step(1));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.#step(4));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64LE(this.#step(8));
  }

  /** An integer of eight bytes that may not be below `least`. */
  i64From(least: bigint, name: string): bigint {
    const offset = this.#at;
    const value = this.i64();
    if (value < least) throw this.fault(name, `${name} is ${String(value)}, below ${String(least)}`, offset);
    return value;
  }

  /** An integer of four bytes from `least` to `most`, both included. */
  i32Within(least: number, most: number, name: string): number {
    const offset = this.#at;
    const value = this.i32();
    if (value >= least && value <= most) return value;
    const bounds = `${String(least)} to ${String(most)}`;
    throw this.fault(name, `${name} is ${String(value)}, where ${bounds} is allowed`, offset);
  }

  /** A copy of the next `count` bytes. */
  take(count: number): Buffer {
    const start = this.#step(count);
    return Buffer.from(this.#bytes.subarray(start, start + count));
  }

  /** The error for what was read, or is to be read, at an offset. */
  fault(fault: string, text: string, offset: number = this.#at): HeadframeError {
    return malformed(this.#reason, { fault, offset, text });
  }

  #step(count: number): number {
    const start = this.#at;
    if (this.left < count) {
      throw this.fault('short', `${String(count)} bytes are expected and ${String(this.left)} are left`, start);
    }
    this.#at += count;
    return start;
  }
}
