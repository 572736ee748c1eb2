import { writeSync } from 'node:fs';
import { cacheLayout } from '../format/cache-file.js';
import { LEAF_BYTES } from '../format/leaf.js';
import { padNode } from '../format/merkle.js';
import { PLOT_HEADER_BYTES } from '../format/plot-header.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { BLOCK_BYTES, chunkAt, chunkLevel, keptLevels } from './plot-plan.js';
import type { PlotPlan } from './plot-plan.js';

/** Leaves of the chunk before that reach into a chunk's first block. */
const LEAD = Math.ceil(PLOT_HEADER_BYTES / LEAF_BYTES);
const CHUNK_BYTES = 2 * 1024 * 1024;

/** Memory that a kernel needs for it. */
export const CHUNK_MEMORY_BYTES = 2 * CHUNK_BYTES + 4 * BLOCK_BYTES;

/** Open files of a plot that is made. */
export interface PlotFiles {
  readonly plot: number;
  /** Absent where nothing is kept beside the plot. */
  readonly cache: number | undefined;
}

/** Makes chunks of a plot in the memory of a kernel and writes them, any chunk in any order; it blocks its thread. */
export class ChunkMaker {
  readonly #kernel: SpaceKernel;
  readonly #plan: PlotPlan;
  readonly #files: PlotFiles;
  readonly #base: number;
  readonly #nodes: number;

  constructor(kernel: SpaceKernel, plan: PlotPlan, files: PlotFiles) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#files = files;
    this.#base = kernel.start + BLOCK_BYTES;
    this.#nodes = this.#base + CHUNK_BYTES + 2 * BLOCK_BYTES;
    kernel.bindPlot(plan.minerKey, plan.plotSeed);
  }

  /** Writes a chunk; gives its node of the level of chunks. Throws what the disk throws. */
  make(index: number): Buffer {
    const { first, count, position, bytes } = chunkAt(this.#plan.leafCount, index);
    const { memory } = this.#kernel;
    const leaves = this.#base + PLOT_HEADER_BYTES;
    const lead = first === 0 ? 0 : LEAD;
    if (lead === 0) memory.fill(0, this.#base, leaves);
    this.#kernel.leaves(leaves - lead * LEAF_BYTES, count + lead, first - lead);
    memory.fill(0, leaves + count * LEAF_BYTES, this.#base + bytes);
    writeAll(this.#files.plot, memory.subarray(this.#base, this.#base + bytes), position);
    this.#kernel.leafNodes(leaves, this.#nodes, count);
    return this.#fold(first, count);
  }

  /** Folds the nodes of level 0 up to the level of chunks, keeping what belongs into the cache. */
  #fold(first: number, count: number): Buffer {
    const { memory } = this.#kernel;
    const top = chunkLevel(this.#plan.leafCount);
    let width = count;
    for (let level = 0; level < top; level += 1) {
      this.#keep(level, first / 2 ** level, width);
      const end = this.#nodes + width * LEAF_BYTES;
      if (width % 2 === 1) memory.set(padNode(memory.subarray(end - LEAF_BYTES, end)), end);
      width = Math.ceil(width / 2);
      this.#kernel.parents(this.#nodes, this.#nodes, width);
    }
    return Buffer.from(memory.subarray(this.#nodes, this.#nodes + LEAF_BYTES));
  }

  #keep(level: number, index: number, width: number): void {
    const kept = keptLevels(this.#plan);
    if (kept === undefined || this.#files.cache === undefined || level < kept.first || level > kept.last) return;
    const start = cacheLayout(this.#plan.leafCount, kept).starts.get(level) ?? 0;
    const nodes = this.#kernel.memory.subarray(this.#nodes, this.#nodes + width * LEAF_BYTES);
    writeAll(this.#files.cache, nodes, start + index * LEAF_BYTES);
  }
}

/** Writes all bytes at a position; a disk may take them in several steps. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
