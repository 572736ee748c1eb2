import { LEAF_BYTES } from '../format/leaf.js';
import { indexAt } from '../format/scan-order.js';
import type { ScanRules } from '../format/scan.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { BLOCK_BYTES } from '../plot/plot-plan.js';
import { LEAVES_AT, readLeaves, READ_BYTES } from './plot-file.js';
import { extentOf, UNIT_LEAVES } from './scan-job.js';
import type { ScanUnit } from './scan-job.js';

/** Memory for what is read, and for the leaves of it that are wanted. */
export const GATHER_BYTES = READ_BYTES + UNIT_LEAVES * LEAF_BYTES;

/** Reads begin at a multiple of this. */
const BLOCK_LEAVES = BLOCK_BYTES / LEAF_BYTES;
/** Leaves between two wanted ones that are read along: 64 KiB take a disk less than another seek. */
const MOST_BETWEEN = 2_048;

/** What is gathered of a plot. */
export interface Gathering {
  readonly rules: ScanRules;
  readonly leafCount: number;
  readonly path: string;
  /** Called before each read but the first. */
  readonly onRead: () => void;
}

/** Brings the leaves of a unit together in the memory of a kernel, one after the other. */
export class LeafGatherer {
  readonly #kernel: SpaceKernel;
  readonly #what: Gathering;
  readonly #isDense: boolean;

  constructor(kernel: SpaceKernel, what: Gathering) {
    this.#kernel = kernel;
    this.#what = what;
    this.#isDense = extentOf(what.leafCount, what.rules).isDense;
  }

  /** The index of the leaf at a place in the order of the scan. */
  indexOf(place: number): number {
    return this.#isDense ? place : indexAt(this.#what.rules.strategy, this.#what.leafCount, place);
  }

  /** Reads a unit; gives where in the memory its first leaf stands. Throws like `readLeaves`. */
  gather(file: number, { first, count }: ScanUnit): number {
    const { start, memory } = this.#kernel;
    if (this.#isDense) {
      this.#read(file, first, count);
      return start + LEAVES_AT;
    }
    const gathered = start + READ_BYTES;
    for (let done = 0; done < count;) {
      if (done > 0) this.#what.onRead();
      const run = this.#runFrom(first + done, first + count);
      const from = Math.floor((run[0] ?? 0) / BLOCK_LEAVES) * BLOCK_LEAVES;
      this.#read(file, from, (run.at(-1) ?? 0) - from + 1);
      for (const index of run) {
        const at = start + LEAVES_AT + (index - from) * LEAF_BYTES;
        memory.copyWithin(gathered + done * LEAF_BYTES, at, at + LEAF_BYTES);
        done += 1;
      }
    }
    return gathered;
  }

  /** The indices at places from one on that are read at once. */
  #runFrom(place: number, end: number): readonly number[] {
    const run = [this.indexOf(place)];
    const from = Math.floor((run[0] ?? 0) / BLOCK_LEAVES) * BLOCK_LEAVES;
    for (let next = place + 1; next < end; next += 1) {
      const index = this.indexOf(next);
      if (index - (run.at(-1) ?? 0) > MOST_BETWEEN || index - from >= UNIT_LEAVES) break;
      run.push(index);
    }
    return run;
  }

  #read(file: number, first: number, count: number): void {
    readLeaves(file, this.#kernel, { path: this.#what.path, first, count });
  }
}
