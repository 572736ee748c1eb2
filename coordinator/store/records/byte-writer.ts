const FIRST_BYTES = 64 * 1024;
/** A buffer grown past this is given back when the writer is cleared. */
const KEPT_BYTES = 4 * 1024 * 1024;
const LONGEST_VARINT = 8;

const NO_DIGIT = 16;
/** Value of each character code that is a hexadecimal digit in small letters. */
const HEX_VALUES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? NO_DIGIT : value;
});

/** A growing buffer with the numbers and texts of the store's binary form. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes so far, from `start` on; valid until the next write or `clear`. */
  view(start = 0): Buffer {
    return this.#bytes.subarray(start, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Leaves room for `bytes` bytes that the caller fills in later, and says where. */
  skip(bytes: number): number {
    this.#reserve(bytes);
    this.#length += bytes;
    return this.#length - bytes;
  }

  /** Takes back what was written behind a length of before. */
  cutTo(length: number): void {
    this.#length = length;
  }

  setByte(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Bytes as they are, without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A whole number from 0 to 2^53 − 1, seven bits a byte, low bits first. Throws RangeError for any other. */
  varint(value: number): void {
    this.#reserve(LONGEST_VARINT);
    if (value === (value & 0x7f)) {
      this.#bytes[this.#length++] = value;
      return;
    }
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${String(value)} is not a whole number from 0`);
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A whole number of either sign below 2^52, small ones short. Throws RangeError for any other. */
  signed(value: number): void {
    // Doubling would make a half look whole.
    if (!Number.isInteger(value)) throw new RangeError(`${String(value)} is not a whole number`);
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A text as UTF-8 with its length before it; a lone surrogate becomes U+FFFD. */
  text(value: string): void {
    if (value.length > 0x7f || !this.#shortAscii(value)) this.#longText(value);
  }

  /** A text of as many hexadecimal digits, in small letters, as half as many bytes; false, and nothing, if it is none. */
  hex(value: string, digits: number): boolean {
    if (value.length !== digits) return false;
    this.#reserve(digits / 2);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < digits; index += 2) {
      const high = HEX_VALUES[value.charCodeAt(index)] ?? NO_DIGIT;
      const low = HEX_VALUES[value.charCodeAt(index + 1)] ?? NO_DIGIT;
      if ((high | low) >= NO_DIGIT) return false;
      bytes[at++] = high * 16 + low;
    }
    this.#length = at;
    return true;
  }

  // A short ASCII text is the common case, and a loop beats the call into native code.
  #shortAscii(value: string): boolean {
    this.#reserve(value.length + 1);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = value.length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #longText(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#bytes.write(value, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
