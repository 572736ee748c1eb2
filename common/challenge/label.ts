import { createHash, hash } from 'node:crypto';

/**
 * Version 1 of the label graph, a member of the family of stacked graphs of Dziembowski et al., "Proofs of Space" (2015), Ren
 * and Devadas, "Proof of Space from Stacked Expanders" (2016), and Fisch, "Tight Proofs of Space and Replication" (2019).
 * Layers and in-degree are our choice within it and were audited by nobody; the version is a part of every node.
 */
export const LABEL_VERSION = 1;
/** Bytes of a node, the whole of a BLAKE2b-512 digest. */
export const NODE_BYTES = 64;
/** Nodes of a leaf of a layer's Merkle tree: 4 KiB. */
export const BLOCK_NODES = 64;
/** The same in bytes. */
export const BLOCK_BYTES = NODE_BYTES * BLOCK_NODES;
/** Leaves of one read: 64 KiB. */
export const READ_BLOCKS = 16;

/** A node's place. */
export interface NodePlace {
  readonly layer: number;
  readonly node: number;
}

/** What a node is made of. */
export interface NodeInputs {
  /** The node before it in its layer; for the first, the last of the layer below; for the first of all, `labelStart`. */
  readonly before: Uint8Array;
  /** Two nodes of the layer below, of which `before` says which; none for the lowest layer. */
  readonly parents: readonly Uint8Array[];
}

/** What the first node of the lowest layer has before it. */
export function labelStart(seed: Uint8Array): Buffer {
  return createHash('blake2b512')
    .update('headframe label')
    .update(Buffer.from([LABEL_VERSION]))
    .update(seed)
    .digest();
}

/** Where the bytes that a node is made of lie: version, layer, node, seed, node before, two parents. */
const AT = { layer: 1, node: 2, seed: 10, before: 42, parents: 106, end: 234 } as const;

/** Makes nodes of the label of one seed. */
export class LabelHasher {
  /** One for all nodes: an allocation for each would cost as much as its digest. */
  readonly #bytes = Buffer.alloc(AT.end);

  constructor(seed: Uint8Array) {
    this.#bytes[0] = LABEL_VERSION;
    this.#bytes.set(seed, AT.seed);
  }

  /**
   * A node: BLAKE2b-512(version ‖ layer ‖ node ‖ seed ‖ before ‖ parents). All that it is made of is of full width and cannot be
   * had from it, so that what was not kept has to be made again, one node after the other.
   */
  node({ layer, node }: NodePlace, { before, parents }: NodeInputs): Buffer {
    this.#bytes[AT.layer] = layer;
    this.#bytes.writeUIntBE(node, AT.node + 2, 6);
    this.#bytes.set(before, AT.before);
    for (const [place, parent] of parents.entries()) this.#bytes.set(parent, AT.parents + place * NODE_BYTES);
    const end = AT.parents + parents.length * NODE_BYTES;
    return hash('blake2b512', this.#bytes.subarray(0, end), 'buffer');
  }
}

/** Which nodes of the layer below are parents: numbers out of the first eight bytes of the node before; `nodes` a power of two. */
export function parentNodes(before: Uint8Array, nodes: number): readonly [number, number] {
  const view = new DataView(before.buffer, before.byteOffset, before.byteLength);
  return [(view.getUint32(0) & (nodes - 1)) >>> 0, (view.getUint32(4) & (nodes - 1)) >>> 0];
}

/** Where the node before one is kept; undefined for the first of all. */
export function placeBefore({ layer, node }: NodePlace, nodes: number): NodePlace | undefined {
  if (node > 0) return { layer, node: node - 1 };
  return layer > 0 ? { layer: layer - 1, node: nodes - 1 } : undefined;
}

/** Leaves of a layer's tree. */
export function blockCount(nodes: number): number {
  return nodes / BLOCK_NODES;
}

/** Reads that a layer has places for. */
export function readCount(nodes: number): number {
  return blockCount(nodes) / READ_BLOCKS;
}
