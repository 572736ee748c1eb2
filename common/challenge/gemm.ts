import { createHash } from 'node:crypto';
import { u64 } from './digest.js';

/**
 * A chain of products of square matrices of 8-bit integers with sums of 32 bits, which are exact: what a GPU answers is equal
 * to what a CPU does, or wrong. Entries of the first factor come from `entryOf`; the second factor of each round comes from
 * the root that the round before it was committed to, so that no round begins before the one before it has ended.
 */

/** Signed 8-bit entry of a matrix that a seed stands for: a byte of SHA-512 over seed, name, row and column's group of 64. */
export class SeededMatrix {
  readonly #seed: Uint8Array;
  #group = '';
  #bytes: Buffer = Buffer.alloc(0);

  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  entry(row: number, column: number): number {
    const group = `${String(row)}/${String(column >>> 6)}`;
    if (group !== this.#group) {
      this.#group = group;
      this.#bytes = createHash('sha512')
        .update(this.#seed)
        .update(u64(row))
        .update(u64(column >>> 6))
        .digest();
    }
    return this.#bytes.readInt8(column & 63);
  }
}

/** A row of 32-bit sums brought down to 8 bits for the next round: the low byte of a mix of the sum, so that none stays zero. */
export function foldRow(row: Int32Array): Int8Array {
  return Int8Array.from(row, (sum) => Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) >> 24);
}

/** One entry of a product: the sum over a row of the first factor and a column of the second, modulo 2^32. */
export function productEntry(row: Int8Array, second: SeededMatrix, column: number): number {
  let sum = 0;
  for (const [place, value] of row.entries()) sum = (sum + Math.imul(value, second.entry(place, column))) | 0;
  return sum;
}

/** A row of a product as it is committed to: 32-bit integers, little-endian. */
export function rowBytes(row: Int32Array): Buffer {
  const bytes = Buffer.alloc(4 * row.length);
  for (const [place, value] of row.entries()) bytes.writeInt32LE(value, 4 * place);
  return bytes;
}

/** The same read back. */
export function rowOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length >>> 2 }, (_, place) => view.getInt32(4 * place, true));
}
