const VARINT_STEP = 128;

/** Writes the few Protobuf fields that a simulated agent says, without objects in between: simulators share the machine. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #at = 0;

  /** Begins anew; what was taken before stays as it is. */
  reset(): this {
    this.#at = 0;
    return this;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): this {
    this.#room(10);
    let rest = value;
    while (rest >= VARINT_STEP) {
      this.#bytes[this.#at++] = (rest % VARINT_STEP) | VARINT_STEP;
      rest = Math.floor(rest / VARINT_STEP);
    }
    this.#bytes[this.#at++] = rest;
    return this;
  }

  /** A field of wire type 0. */
  number(field: number, value: number): this {
    return this.varint(field << 3).varint(value);
  }

  /** A field of wire type 2 with text of one byte a character. */
  text(field: number, value: string): this {
    this.varint((field << 3) | 2).varint(value.length);
    this.#room(value.length);
    this.#at += this.#bytes.write(value, this.#at, 'latin1');
    return this;
  }

  /** A field of wire type 2 with bytes. */
  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2).varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  /** What was written, good until the next `reset`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(2 * (this.#at + more));
    this.#bytes.copy(wider, 0, 0, this.#at);
    this.#bytes = wider;
  }
}

/** Reads Protobuf fields in their order; the caller knows which it wants and skips the others. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #tag = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether nothing is left. */
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Whether the field just named holds a plain number. */
  get isNumber(): boolean {
    return (this.#tag & 7) === 0;
  }

  /** Number of the next field, 0 at the end. */
  next(): number {
    if (this.done) return 0;
    this.#tag = this.varint();
    return this.#tag >>> 3;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= VARINT_STEP) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < VARINT_STEP) return value;
    }
  }

  bytes(): Uint8Array {
    const length = this.varint();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Passes over the value of the field just named. */
  skip(): void {
    const type = this.#tag & 7;
    if (type === 0) this.varint();
    else if (type === 2) this.bytes();
    else this.#at += type === 1 ? 8 : 4;
  }
}

/** Puts the five bytes of gRPC before a message: not compressed, its length. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
