/** Builds the length-prefixed values that SSH keys and certificates are made of (RFC 4251, section 5). */
export class SshWriter {
  readonly #parts: Buffer[] = [];

  /** A 32-bit number, big-endian. */
  uint32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return this.raw(bytes);
  }

  /** A 64-bit number, big-endian. */
  uint64(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return this.raw(bytes);
  }

  /** Bytes, or a text in UTF-8, with their length before them. */
  string(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return this.uint32(bytes.length).raw(bytes);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** All that was written. */
  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads what `SshWriter` writes. Throws `RangeError` where bytes are missing. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  /** Whether all was read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Bytes with their length before them. */
  string(): Buffer {
    const from = this.#at + 4;
    if (from > this.#bytes.length) throw new RangeError('the length of a value is missing');
    const to = from + this.#bytes.readUInt32BE(this.#at);
    if (to > this.#bytes.length) throw new RangeError('a value is cut off');
    this.#at = to;
    return this.#bytes.subarray(from, to);
  }
}
