import { sha256 } from './digest.js';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** Digest of a leaf; no leaf has that of an inner node (RFC 6962, section 2.1). */
export function leafHash(leaf: Uint8Array): Buffer {
  return sha256(LEAF, leaf);
}

/** A Merkle tree over leaf digests as in RFC 6962, section 2.1: a node without a sibling moves up as it is. */
export class MerkleTree {
  readonly #levels: readonly (readonly Buffer[])[];

  /** Of one leaf at least. */
  constructor(leafHashes: readonly Buffer[]) {
    const levels: (readonly Buffer[])[] = [leafHashes];
    for (let level = leafHashes; level.length > 1; levels.push(level)) level = parentsOf(level);
    this.#levels = levels;
  }

  get root(): Buffer {
    const root = this.#levels.at(-1)?.[0];
    if (root === undefined) throw new RangeError('a tree has one leaf at least');
    return root;
  }

  /** What the leaf at an index is proven with: the siblings from below, without those that are not there. */
  path(index: number): Buffer[] {
    const siblings: Buffer[] = [];
    let at = index;
    for (const level of this.#levels.slice(0, -1)) {
      const sibling = level[at ^ 1];
      if (sibling !== undefined) siblings.push(sibling);
      at >>>= 1;
    }
    return siblings;
  }
}

/** What says that a leaf is in a tree. */
export interface MerkleProof {
  readonly index: number;
  /** Leaves of the tree. */
  readonly count: number;
  /** Digest by `leafHash`. */
  readonly leaf: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Whether the proof leads to the root, with not one sibling too few or too many. */
export function isInTree({ index, count, leaf, path }: MerkleProof, root: Uint8Array): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) return false;
  let [at, width, used] = [index, count, 0];
  let digest: Uint8Array = leaf;
  for (; width > 1; width = Math.ceil(width / 2), at >>>= 1) {
    if ((at ^ 1) >= width) continue;
    const sibling = path[used];
    if (sibling?.length !== digest.length) return false;
    digest = at % 2 === 0 ? sha256(NODE, digest, sibling) : sha256(NODE, sibling, digest);
    used += 1;
  }
  return used === path.length && Buffer.compare(digest, root) === 0;
}

function parentsOf(level: readonly Buffer[]): Buffer[] {
  const parents: Buffer[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left !== undefined) parents.push(right === undefined ? left : sha256(NODE, left, right));
  }
  return parents;
}
