import { createCipheriv } from 'node:crypto';
import { framed, sha256, u64 } from './digest.js';
import type { GpuParameters } from './parameters.js';
import { keyOf } from './seed.js';

/**
 * A chain of products of matrices of 8-bit integers with sums of 32 bits, which are exact: what a GPU answers is equal to what a CPU
 * does, or wrong. What is multiplied is as tall as a GPU's memory is large and 256 columns wide; it lies there in tiles of 64 rows, row
 * after row. The first one is a stream of ChaCha20; the second factor of each product, 256 by 256, is another, whose key comes of the
 * roots of the product before it, so that no product begins before the one before it has ended on all devices.
 */

/** Columns of what is multiplied, and rows and columns of each second factor. */
export const COLUMNS = 256;
/** Rows of a tile. */
export const TILE_ROWS = 64;
/** A tile is a leaf of its device's tree. */
export const TILE_BYTES = TILE_ROWS * COLUMNS;
/** A device works on so many tiles together, and keeps no digests but of these. */
export const GROUP_TILES = 32;

const WORD_BYTES = 4;

/** A tile of the first matrix of a device. */
export function firstTile(key: Uint8Array, tile: number): Buffer {
  return streamOf(key, tile, TILE_BYTES);
}

/** A second factor: its rows four by four, and of those column after column, as `secondPlace` says. */
export function secondFactor(key: Uint8Array): Int8Array {
  const bytes = streamOf(key, 0, COLUMNS * COLUMNS);
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Where an entry of a second factor lies in it: four of a column stand together, as GPUs multiply them. */
export function secondPlace(row: number, column: number): number {
  return WORD_BYTES * (COLUMNS * (row >>> 2) + column) + (row & 3);
}

/** A row of a product: sums over a row of the first factor and each column of the second, brought down to 8 bits. */
export function productRow(row: Uint8Array, second: Int8Array): Uint8Array {
  const factors = new Int8Array(row.buffer, row.byteOffset, row.length);
  const sums = new Int32Array(COLUMNS);
  for (let place = 0; place < COLUMNS; place += WORD_BYTES)
    for (let column = 0, at = secondPlace(place, 0); column < COLUMNS; column += 1, at += WORD_BYTES)
      sums[column] = (sums[column] ?? 0) + wordProduct(factors, place, second, at);
  return new Uint8Array(Array.from(sums, foldSum));
}

/** The sum over four factors and what stands together of a column. */
function wordProduct(factors: Int8Array, place: number, second: Int8Array, at: number): number {
  return (
    (factors[place] ?? 0) * (second[at] ?? 0) +
    (factors[place + 1] ?? 0) * (second[at + 1] ?? 0) +
    (factors[place + 2] ?? 0) * (second[at + 2] ?? 0) +
    (factors[place + 3] ?? 0) * (second[at + 3] ?? 0)
  );
}

/** A tile of a product. */
export function productTile(tile: Uint8Array, second: Int8Array): Buffer {
  const rows = Array.from({ length: TILE_ROWS }, (_, row) => rowOf(tile, row));
  return Buffer.concat(rows.map((row) => productRow(row, second)));
}

/** A row of a tile. */
export function rowOf(tile: Uint8Array, row: number): Uint8Array {
  return tile.subarray(row * COLUMNS, (row + 1) * COLUMNS);
}

/**
 * A sum of 32 bits brought down to 8: the top byte after the finaliser of MurmurHash3 (A. Appleby, public domain), of which each bit
 * depends on each bit of the sum.
 */
export function foldSum(sum: number): number {
  let mixed = sum ^ (sum >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed >>> 24;
}

/** Key of the first matrix of a device. */
export function firstKey(seed: Uint8Array, device: number): Buffer {
  return keyOf(seed, 'gemm first', u64(device));
}

/** Key of a second factor; `roots` are those of the product before it, of all devices, and none for the first. */
export function secondKey(seed: Uint8Array, roots: readonly Uint8Array[]): Buffer {
  return keyOf(seed, 'gemm second', sha256(framed(...roots)));
}

/** A row of a product, by device, tile and row within it; products are counted from 0. */
export interface RowPlace {
  readonly round: number;
  readonly device: number;
  readonly tile: number;
  readonly row: number;
}

/** Rows that all products have together. */
export function rowCount({ devices, rounds }: GpuParameters): number {
  return rounds * rowsOf(devices);
}

/** The row of a number below `rowCount`. */
export function rowPlace({ devices }: GpuParameters, number: number): RowPlace {
  const inRound = number % rowsOf(devices);
  let [device, left] = [0, inRound];
  for (; left >= TILE_ROWS * (devices[device]?.tiles ?? Infinity); device += 1)
    left -= TILE_ROWS * (devices[device]?.tiles ?? 0);
  const round = (number - inRound) / rowsOf(devices);
  return { round, device, tile: Math.floor(left / TILE_ROWS), row: left % TILE_ROWS };
}

function rowsOf(devices: GpuParameters['devices']): number {
  return devices.reduce((rows, { tiles }) => rows + TILE_ROWS * tiles, 0);
}

/** Key stream of ChaCha20 (RFC 8439), its block counter from 0 and the number of the tile, little-endian, as the end of its nonce. */
function streamOf(key: Uint8Array, tile: number, bytes: number): Buffer {
  const counterAndNonce = Buffer.alloc(16);
  counterAndNonce.writeBigUInt64LE(BigInt(tile), 8);
  return createCipheriv('chacha20', key, counterAndNonce).update(Buffer.alloc(bytes));
}
