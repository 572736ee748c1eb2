import type { ScanStrategy } from '../../../../common/model/scan-strategy.js';

/** Indices of `count` leaves from `start`: all, or spread evenly as the reference does, in doubles. */
export interface IndexRun {
  readonly start: number;
  /** Leaves that the run is spread over. */
  readonly span: number;
  /** Leaves to look at; at most `span`. */
  readonly count: number;
}

/** The order of a strategy over `leafCount` leaves, in runs. */
export function* runsOf(strategy: ScanStrategy, leafCount: number): Generator<IndexRun> {
  const block = strategy.kind === 'cacheFriendly' ? strategy.block : leafCount;
  for (let start = 0; start < leafCount; start += block) {
    const span = Math.min(block, leafCount - start);
    yield { start, span, count: Math.min(span, perBlockOf(strategy)) };
  }
}

/** The index of the `at`-th leaf of a run. */
export function indexIn({ start, span, count }: IndexRun, at: number): number {
  // The quotient is rounded once, as the reference's is; dividing last would choose other leaves.
  return count === span ? start + at : start + Math.floor(at * (span / count));
}

/** The index of the `position`-th leaf that a strategy looks at, from 0; indices grow with positions. */
export function indexAt(strategy: ScanStrategy, leafCount: number, position: number): number {
  const { block, perBlock } = strategy.kind === 'cacheFriendly' ? strategy : { block: leafCount, perBlock: Infinity };
  const [start, at] =
    perBlock === Infinity ? [0, position] : [Math.floor(position / perBlock) * block, position % perBlock];
  const span = Math.min(block, leafCount - start);
  return indexIn({ start, span, count: Math.min(span, perBlockOf(strategy)) }, at);
}

/** Leaves that a strategy looks at. */
export function countOf(strategy: ScanStrategy, leafCount: number): number {
  switch (strategy.kind) {
    case 'full':
      return leafCount;
    case 'sampling':
      return Math.min(strategy.n, leafCount);
    case 'cacheFriendly': {
      const { block, perBlock } = strategy;
      const whole = Math.floor(leafCount / block);
      return whole * perBlock + Math.min(perBlock, leafCount - whole * block);
    }
  }
}

function perBlockOf(strategy: ScanStrategy): number {
  switch (strategy.kind) {
    case 'full':
      return Infinity;
    case 'sampling':
      return strategy.n;
    case 'cacheFriendly':
      return strategy.perBlock;
  }
}
