/**
 * Reads Protobuf fields in their order, for the few messages that there are very many of; fields that are not asked for
 * are skipped, so that newer programs may say more. Throws `RangeError` on bytes that are no message.
 */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #type = 0;

  /** Reads `bytes` from `start` to `end`, without copying them. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Number of the next field; 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.number();
    this.#type = tag % 8;
    const field = Math.floor(tag / 8);
    if (field === 0) throw malformed();
    return field;
  }

  /**
   * The field's number from 0; one beyond 2^53 comes out as some number beyond it, to be refused or cut by the caller.
   * A negative one is such a number.
   */
  number(): number {
    const low = this.#byte();
    if (low < 128) return low;
    let value = low & 127;
    let factor = 128;
    for (let count = 1; count < 10; count += 1) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw malformed();
  }

  /** The field's number as an int32 or an enum of the contract: its lowest 32 bits, with their sign. */
  int32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw malformed();
  }

  double(): number {
    if (this.#type !== 1 || this.#at + 8 > this.#end) throw malformed();
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const end = this.#span();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** A reader of the field's message. */
  message(): WireReader {
    const end = this.#span();
    const reader = new WireReader(this.#bytes, this.#at, end);
    this.#at = end;
    return reader;
  }

  /** A view of the field's bytes, of use as long as what is read. */
  view(): Buffer {
    const end = this.#span();
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** Passes over the value of the field. */
  skip(): void {
    if (this.#type === 0) this.number();
    else if (this.#type === 1) this.#at += 8;
    else if (this.#type === 2) this.#at = this.#span();
    else if (this.#type === 5) this.#at += 4;
    else throw malformed();
    if (this.#at > this.#end) throw malformed();
  }

  #span(): number {
    if (this.#type !== 2) throw malformed();
    const length = this.number();
    if (this.#at + length > this.#end) throw malformed();
    return this.#at + length;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw malformed();
    return this.#bytes[this.#at++] ?? 0;
  }
}

function malformed(): RangeError {
  return new RangeError('these bytes are no message');
}
