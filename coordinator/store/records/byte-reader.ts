/** Reads what `ByteWriter` wrote, from `at` up to `end`; throws RangeError instead of reading past it. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at;
  }

  uint32(): number {
    this.skipTo(this.#at + 4);
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  /** Goes on at a later place, at most the end. */
  skipTo(at: number): void {
    if (at < this.#at || at > this.#end) throw new RangeError('a value reaches past its frame');
    this.#at = at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new RangeError('a value reaches past its frame');
    return this.#bytes[this.#at++] ?? 0;
  }

  /** The next byte, which is not passed; undefined at the end. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  /** So many bytes, not copied. */
  bytes(count: number): Uint8Array {
    this.skipTo(this.#at + count);
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte > 0x7f);
    return value;
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    return this.#take(this.varint(), 'utf8');
  }

  /** Half as many bytes as hexadecimal digits. */
  hex(digits: number): string {
    return this.#take(digits / 2, 'hex');
  }

  #take(bytes: number, encoding: 'utf8' | 'hex'): string {
    const start = this.#at;
    if (start + bytes > this.#end) throw new RangeError('a text reaches past its frame');
    this.#at += bytes;
    return this.#bytes.toString(encoding, start, this.#at);
  }
}
