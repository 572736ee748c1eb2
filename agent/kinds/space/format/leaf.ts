import { sha256 } from '../../../../common/challenge/digest.js';
import { i64 } from './integers.js';

/** Bytes of a leaf, and of every digest of the protocol. */
export const LEAF_BYTES = 32;

/** The leaf of a plot at a nonce, 0 ≤ nonce < 2^63; key and seed are of 32 bytes each. */
export function leafOf(minerKey: Uint8Array, plotSeed: Uint8Array, nonce: bigint): Buffer {
  return sha256(minerKey, plotSeed, i64(nonce));
}

/** Leaves of a plot for which so many bytes are asked: what is over a whole number of leaves is dropped. */
export function leafCountFor(sizeBytes: number): number {
  return Math.floor(sizeBytes / LEAF_BYTES);
}

/** Levels above the leaves: ⌈log2(count)⌉; count ≥ 1. */
export function treeHeight(leafCount: number): number {
  let height = 0;
  for (let width = leafCount; width > 1; width = Math.ceil(width / 2)) height += 1;
  return height;
}

/** Nodes of a level, leaves being level 0; 0 ≤ level ≤ height. */
export function levelWidth(leafCount: number, level: number): number {
  return Math.ceil(leafCount / 2 ** level);
}
