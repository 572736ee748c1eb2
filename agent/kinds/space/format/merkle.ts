import { sha256 } from '../../../../common/challenge/digest.js';
import { levelWidth, treeHeight } from './leaf.js';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const PADDING = Buffer.from('MERKLE_PADDING');

/** The node of level 0 over a leaf. */
export function leafNode(leaf: Uint8Array): Buffer {
  return sha256(LEAF, leaf);
}

/** The node over two others. */
export function parentNode(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** What stands to the right of the last node of a level that has an odd number of them. */
export function padNode(node: Uint8Array): Buffer {
  return sha256(NODE, PADDING, node);
}

/** What leads from a leaf to the root of its tree. */
export interface MerklePath {
  /** From the level of the leaves upwards. */
  readonly siblings: readonly Buffer[];
  /** Whether each sibling stands to the right of what is folded so far. */
  readonly siblingIsRight: readonly boolean[];
}

/** The root that a leaf and its path lead to. */
export function foldPath(leaf: Uint8Array, { siblings, siblingIsRight }: MerklePath): Buffer {
  return siblings.reduce(
    (node, sibling, level) => (siblingIsRight[level] === true ? parentNode(node, sibling) : parentNode(sibling, node)),
    leafNode(leaf),
  );
}

/** The level above one of nodes; one node alone stays as it is. */
export function levelAbove(nodes: readonly Buffer[]): readonly Buffer[] {
  if (nodes.length <= 1) return nodes;
  const above: Buffer[] = [];
  for (let at = 0; at < nodes.length; at += 2) {
    const [left, right] = [nodes[at], nodes[at + 1]];
    if (left !== undefined) above.push(parentNode(left, right ?? padNode(left)));
  }
  return above;
}

/** The root over the leaves: small trees, as of transactions; of no leaves 32 zero bytes. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  let level: readonly Buffer[] = leaves.map(leafNode);
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? Buffer.alloc(32);
}

/** Takes the nodes of a level one after the other and gives each node above it as soon as it is known, in room for one per level. */
export class TreeFolder {
  readonly #counts: number[] = [];
  readonly #pending: (Buffer | undefined)[] = [];
  readonly #leafCount: number;
  readonly #height: number;
  readonly #base: number;
  readonly #found: (level: number, index: number, node: Buffer) => void;
  #root: Buffer | undefined;

  /**
   * `base` is the level of the nodes that come in, and `height` that of the root, above which the last subtree of a larger tree is filled up with
   * padding; `found` hears of every node from `base` up, the root included.
   */
  constructor(
    leafCount: number,
    base: number,
    found: (level: number, index: number, node: Buffer) => void,
    height = treeHeight(leafCount),
  ) {
    this.#leafCount = leafCount;
    this.#height = height;
    this.#base = base;
    this.#found = found;
  }

  /** Level of the root. */
  get height(): number {
    return this.#height;
  }

  /** Known once all nodes have come. */
  get root(): Buffer | undefined {
    return this.#root;
  }

  /** Nodes of the lowest level taken so far. */
  get taken(): number {
    return this.#counts[0] ?? 0;
  }

  /** What `restore` goes on from: of each level the number of nodes so far, and the left node that waits for its right one. */
  get state(): FolderState {
    return { counts: [...this.#counts], pending: this.#counts.map((_, at) => this.#pending[at]) };
  }

  /** Goes on where another folder of the same tree stood. */
  restore({ counts, pending }: FolderState): void {
    this.#counts.splice(0, this.#counts.length, ...counts);
    this.#pending.splice(0, this.#pending.length, ...pending);
  }

  /** Takes the next node of the lowest level; its bytes are the folder's to keep. */
  add(node: Buffer): void {
    let level = this.#base;
    for (let at: Buffer | undefined = node; at !== undefined; level += 1) at = this.#place(level, at);
  }

  /** Puts a node at its place and gives the one above it, if it is known by that. */
  #place(level: number, node: Buffer): Buffer | undefined {
    const slot = level - this.#base;
    const index = this.#counts[slot] ?? 0;
    this.#counts[slot] = index + 1;
    this.#found(level, index, node);
    if (level === this.#height) {
      this.#root = node;
      return undefined;
    }
    const left = this.#pending[slot];
    this.#pending[slot] = undefined;
    if (left !== undefined) return parentNode(left, node);
    if (index + 1 === levelWidth(this.#leafCount, level)) return parentNode(node, padNode(node));
    this.#pending[slot] = node;
    return undefined;
  }
}

/** Where a `TreeFolder` stands, from its lowest level upwards. */
export interface FolderState {
  readonly counts: readonly number[];
  readonly pending: readonly (Buffer | undefined)[];
}
