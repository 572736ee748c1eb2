import { cacheLevels } from '../format/cache-file.js';
import type { CacheLevels } from '../format/cache-file.js';
import { LEAF_BYTES, treeHeight } from '../format/leaf.js';
import { PLOT_HEADER_BYTES, plotFileBytes } from '../format/plot-header.js';

/** What a plot is to be. */
export interface PlotPlan {
  /** 32 bytes each. */
  readonly minerKey: Buffer;
  readonly plotSeed: Buffer;
  readonly leafCount: number;
  /** Levels of the tree to keep beside the plot, from 0 for none to 20. */
  readonly topLevels: number;
}

/** The least that may be asked for: 100 MiB. Smaller ones can be proven with, and made for tests alone. */
export const SMALLEST_PLOT_BYTES = 104_857_600;

/** Files are written past the cache of the operating system, which takes whole blocks of this size alone. */
export const BLOCK_BYTES = 4096;

const CHUNK_LEVEL = 16;
const CHUNK_LEAVES = 2 ** CHUNK_LEVEL;

/** Some leaves that are made at once, and the part of the file that is written with them. */
export interface PlotChunk {
  readonly first: number;
  readonly count: number;
  /** On a boundary of blocks; leaves begin 121 bytes behind it. */
  readonly position: number;
  /** Whole blocks; those of the last chunk reach beyond the end of the file. */
  readonly bytes: number;
}

/** Chunks that a plot is made in. */
export function chunkCount(leafCount: number): number {
  return Math.ceil(leafCount / CHUNK_LEAVES);
}

/** The level that each chunk has one node of. */
export function chunkLevel(leafCount: number): number {
  return Math.min(CHUNK_LEVEL, treeHeight(leafCount));
}

/** One chunk. */
export function chunkAt(leafCount: number, index: number): PlotChunk {
  const first = index * CHUNK_LEAVES;
  const count = Math.min(CHUNK_LEAVES, leafCount - first);
  const isLast = first + count === leafCount;
  const bytes = count * LEAF_BYTES + (isLast ? PLOT_HEADER_BYTES : 0);
  return { first, count, position: first * LEAF_BYTES, bytes: Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES };
}

/** The levels that are kept; undefined for none. */
export function keptLevels(plan: PlotPlan): CacheLevels | undefined {
  return cacheLevels(plan.leafCount, plan.topLevels);
}

/** Bytes of both files of a plot. */
export function plannedBytes(plan: Pick<PlotPlan, 'leafCount'>, cacheBytes: number): number {
  return Math.ceil(plotFileBytes(plan) / BLOCK_BYTES) * BLOCK_BYTES + cacheBytes;
}
