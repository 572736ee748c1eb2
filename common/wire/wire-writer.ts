const SEVEN_BITS = 128;
const FIRST_CAPACITY = 1024;

/**
 * Writes Protobuf fields one after another into one growing buffer, for the few messages that there are very many of:
 * several times faster than building a message first. Field numbers are the caller's to know.
 */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  /** A bare number from 0 to 2^53 - 1. */
  varint(value: number): this {
    this.#room(8);
    let rest = value;
    // Bit operations hold below 2^31 alone.
    while (rest >= 0x8000_0000) {
      this.#bytes[this.#length++] = (rest % SEVEN_BITS) | SEVEN_BITS;
      rest = Math.floor(rest / SEVEN_BITS);
    }
    while (rest >= SEVEN_BITS) {
      this.#bytes[this.#length++] = (rest & 127) | SEVEN_BITS;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** A number's field; 0 is left out, as the contract's numbers are. */
  number(field: number, value: number): this {
    return value === 0 ? this : this.varint(field * 8).varint(value);
  }

  /** A text's field; '' is left out. */
  text(field: number, value: string): this {
    return value === '' ? this : this.#text(field, value);
  }

  /** One of a repeated field of texts, '' included. */
  oneText(field: number, value: string): this {
    return this.#text(field, value);
  }

  /** A field that holds these bytes: bytes, or a message that was encoded before. */
  bytes(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2).varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A field that holds a message; `write` writes its fields. */
  message(field: number, write: () => void): this {
    this.varint(field * 8 + 2);
    const start = this.#length;
    write();
    const length = this.#length - start;
    const head = sizeOfVarint(length);
    this.#room(head);
    this.#bytes.copyWithin(start + head, start, this.#length);
    this.#length = start;
    this.varint(length);
    this.#length = start + head + length;
    return this;
  }

  /** A repeated field of numbers, packed; an empty one is left out. */
  packed(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    return this.message(field, () => {
      for (const value of values) this.varint(value);
    });
  }

  /** A copy of all that was written; begins anew. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  #text(field: number, value: string): this {
    this.varint(field * 8 + 2).varint(Buffer.byteLength(value));
    this.#room(3 * value.length);
    this.#length += this.#bytes.write(value, this.#length);
    return this;
  }

  #room(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(2 * needed);
    this.#bytes.copy(wider, 0, 0, this.#length);
    this.#bytes = wider;
  }
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) size += 1;
  return size;
}
