import { malformed } from '../format/byte-reader.js';
import { LEAF_BYTES, levelWidth, treeHeight } from '../format/leaf.js';
import { foldPath, padNode, TreeFolder } from '../format/merkle.js';
import type { MerklePath } from '../format/merkle.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { BLOCK_BYTES } from '../plot/plot-plan.js';
import type { CachedNodes } from './cache-nodes.js';
import { LEAVES_AT, readLeaves } from './plot-file.js';
import { UNIT_LEAVES } from './scan-job.js';

/** Lowest level of `ProvenPath.top`: leaves are read in units, which each fold to one of its nodes. */
export const TOP_LEVEL = Math.log2(UNIT_LEAVES);
const BLOCK_LEVEL = Math.log2(BLOCK_BYTES / LEAF_BYTES);

/** An open plot that a leaf is proven of. */
export interface ProvenPlot {
  readonly file: number;
  readonly path: string;
  readonly leafCount: number;
  readonly merkleRoot: Uint8Array;
}

/** Which leaf is proven, and how. */
export interface PathAsk {
  readonly index: number;
  readonly cache?: CachedNodes;
  /** Called before each read of leaves; what it throws ends the reading. */
  readonly onRead?: () => void;
}

/** A path, and why it was not taken from the cache where there is one. */
export interface ProvenPath {
  readonly path: MerklePath;
  readonly cacheProblem?: string;
  /** What a cache of the plot would hold, where all of it was read: from `TOP_LEVEL` up to the one below the root. */
  readonly top?: readonly Buffer[];
}

/**
 * The path from a leaf to the root: by the cache and the leaves under one of its nodes, or by one pass over all leaves where there is no cache or
 * where it is not of this plot. It blocks its thread. Throws `HeadframeError` ('plot_unreadable', 'plot_damaged' also where the leaves do not
 * lead to the root).
 */
export function provePath(plot: ProvenPlot, kernel: SpaceKernel, ask: PathAsk): ProvenPath {
  const byCache = ask.cache === undefined ? {} : fromCache(plot, kernel, ask, ask.cache);
  if (byCache.path !== undefined) return { path: byCache.path };
  const whole = new Subtree(plot, kernel, ask, treeHeight(plot.leafCount));
  const path = folded(plot, whole, []);
  if (path !== undefined)
    return { path, top: whole.top, ...(byCache.problem !== undefined && { cacheProblem: byCache.problem }) };
  const text = 'the leaves of the plot do not lead to the root in its header';
  throw malformed('plot_damaged', { fault: 'root', offset: 57, text });
}

function fromCache(
  plot: ProvenPlot,
  kernel: SpaceKernel,
  ask: PathAsk,
  cache: CachedNodes,
): { readonly path?: MerklePath; readonly problem?: string } {
  const height = treeHeight(plot.leafCount);
  // Not below what is read in whole blocks.
  const lowest = Math.min(height, Math.max(BLOCK_LEVEL, cache.first));
  let above: readonly Buffer[];
  try {
    above = Array.from({ length: height - lowest }, (_, at) =>
      cachedSibling(cache, plot.leafCount, ask.index, lowest + at),
    );
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const path = folded(plot, new Subtree(plot, kernel, ask, lowest), above);
  return path === undefined ? { problem: 'it does not lead to the root of the plot' } : { path };
}

/** The whole path; undefined where it does not lead to the root. */
function folded(plot: ProvenPlot, subtree: Subtree, above: readonly Buffer[]): MerklePath | undefined {
  const siblings = [...subtree.siblings(), ...above];
  const isRight = (_: Buffer, level: number): boolean => Math.floor(subtree.index / 2 ** level) % 2 === 0;
  const path = { siblings, siblingIsRight: siblings.map(isRight) };
  return foldPath(subtree.leaf, path).equals(plot.merkleRoot) ? path : undefined;
}

/** The leaves under one node of a level, folded for the siblings of one leaf in it. */
class Subtree {
  leaf: Buffer = Buffer.alloc(LEAF_BYTES);
  readonly #plot: ProvenPlot;
  readonly #kernel: SpaceKernel;
  readonly index: number;
  readonly #onRead: () => void;
  readonly #level: number;
  readonly #siblings: Buffer[] = [];
  readonly #top: Buffer[][] = [];

  constructor(plot: ProvenPlot, kernel: SpaceKernel, { index, onRead = () => undefined }: PathAsk, level: number) {
    this.#plot = plot;
    this.#kernel = kernel;
    this.index = index;
    this.#onRead = onRead;
    this.#level = level;
  }

  /** Once the siblings are known: the nodes of each level from that of the units up to the one below the node. */
  get top(): readonly Buffer[] {
    return this.#top.map((nodes) => Buffer.concat(nodes));
  }

  /** From the level of the leaves up to the one below the node. */
  siblings(): readonly Buffer[] {
    const size = 2 ** this.#level;
    const start = Math.floor(this.index / size) * size;
    const count = Math.min(size, this.#plot.leafCount - start);
    const unitLevel = Math.min(TOP_LEVEL, this.#level);
    const note = (level: number, at: number, node: Buffer): void => this.#note(level, start / 2 ** level + at, node);
    const folder = new TreeFolder(count, unitLevel, note, this.#level);
    for (let first = start; first < start + count; first += UNIT_LEAVES) {
      folder.add(this.#fold(first, Math.min(UNIT_LEAVES, start + count - first), unitLevel));
    }
    return this.#siblings;
  }

  /** Folds some leaves in the memory of the kernel up to a level, which there is one node of. */
  #fold(first: number, count: number, top: number): Buffer {
    const { memory, start } = this.#kernel;
    const at = start + LEAVES_AT;
    this.#onRead();
    readLeaves(this.#plot.file, this.#kernel, { path: this.#plot.path, first, count });
    const own = this.index - first;
    const isHere = own >= 0 && own < count;
    if (isHere) this.leaf = this.#nodeAt(own);
    this.#kernel.leafNodes(at, at, count);
    for (let level = 0, width = count; level < top; level += 1) {
      if (width % 2 === 1) memory.set(padNode(this.#nodeAt(width - 1)), at + width * LEAF_BYTES);
      width = Math.ceil(width / 2);
      if (isHere) this.#siblings[level] = this.#nodeAt(siblingOf(Math.floor(own / 2 ** level)));
      this.#kernel.parents(at, at, width);
    }
    return this.#nodeAt(0);
  }

  /** Takes a node that is a sibling, or the one whose sibling is padding. */
  #note(level: number, at: number, node: Buffer): void {
    if (level >= this.#level) return;
    if (level >= TOP_LEVEL) (this.#top[level - TOP_LEVEL] ??= []).push(node);
    const own = Math.floor(this.index / 2 ** level);
    if (at === siblingOf(own)) this.#siblings[level] = node;
    if (at === own && siblingOf(own) >= levelWidth(this.#plot.leafCount, level)) this.#siblings[level] = padNode(node);
  }

  #nodeAt(place: number): Buffer {
    const from = this.#kernel.start + LEAVES_AT + place * LEAF_BYTES;
    return Buffer.from(this.#kernel.memory.subarray(from, from + LEAF_BYTES));
  }
}

function cachedSibling(cache: CachedNodes, leafCount: number, index: number, level: number): Buffer {
  const own = Math.floor(index / 2 ** level);
  const sibling = siblingOf(own);
  return sibling < levelWidth(leafCount, level) ? cache.node(level, sibling) : padNode(cache.node(level, own));
}

/** Places are beyond 32 bits in the lowest levels of large plots. */
function siblingOf(place: number): number {
  return place % 2 === 0 ? place + 1 : place - 1;
}
