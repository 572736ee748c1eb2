import type { ScanStrategy } from '../../../../common/model/scan-strategy.js';
import { scoreOf } from './challenge.js';
import { isBelow, leadingZeroBits } from './difficulty.js';
import { indexIn, runsOf } from './scan-order.js';

/** The leaf of a plot that answers a challenge best so far. */
export interface BestLeaf {
  readonly index: number;
  readonly leaf: Buffer;
  readonly score: Buffer;
}

/** Which leaves are looked at, and when that is enough. */
export interface ScanRules {
  readonly strategy: ScanStrategy;
  /** Ends the scan at a new best score of so many leading zero bits; undefined for never. */
  readonly earlyStopBits?: number;
  /** Leaves to read at most; 0 for no limit. */
  readonly maxLeaves: number;
}

/** Whether a new best score ends a scan. */
export function isGoodEnough(score: Uint8Array, earlyStopBits: number | undefined): boolean {
  return earlyStopBits !== undefined && leadingZeroBits(score) >= earlyStopBits;
}

/** What scores of so many leading zero bits are below: 'none' where no score ends a scan, 'any' where each does. */
export function scoreLimit(earlyStopBits: number | undefined): Buffer | 'none' | 'any' {
  if (earlyStopBits === undefined || earlyStopBits > 256) return 'none';
  if (earlyStopBits <= 0) return 'any';
  const limit = Buffer.alloc(32);
  const bit = earlyStopBits - 1;
  limit[Math.floor(bit / 8)] = 0x80 >> (bit % 8);
  return limit;
}

/** The better of two leaves; of equals the one with the lower index, which a scan in order would find first. */
export function betterOf(one: BestLeaf | undefined, other: BestLeaf): BestLeaf {
  if (one === undefined) return other;
  const order = Buffer.compare(one.score, other.score);
  return order < 0 || (order === 0 && one.index <= other.index) ? one : other;
}

/** Looks at leaves one by one, in the order of the reference, and at which it stopped; `leafAt` gives the leaf at an index. */
export function scanOneByOne(
  challenge: Uint8Array,
  leafCount: number,
  leafAt: (index: number) => Buffer,
  { strategy, earlyStopBits, maxLeaves }: ScanRules,
): { readonly best: BestLeaf | undefined; readonly leavesRead: number } {
  let best: BestLeaf | undefined;
  let leavesRead = 0;
  for (const run of runsOf(strategy, leafCount)) {
    for (let at = 0; at < run.count; at += 1) {
      const index = indexIn(run, at);
      const leaf = leafAt(index);
      leavesRead += 1;
      const score = scoreOf(challenge, leaf);
      const isNew = best === undefined || isBelow(score, best.score);
      if (isNew) best = { index, leaf, score };
      if ((isNew && isGoodEnough(score, earlyStopBits)) || leavesRead === maxLeaves) return { best, leavesRead };
    }
  }
  return { best, leavesRead };
}
