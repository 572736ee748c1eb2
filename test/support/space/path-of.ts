import { leafNode, levelAbove, padNode } from '../../../agent/kinds/space/format/merkle.js';
import type { MerklePath } from '../../../agent/kinds/space/format/merkle.js';
import { hex } from './vectors.js';
import type { VectorPlot } from './vectors.js';

/** The path of a leaf of a small plot, by all its levels. */
export function pathOf(plot: Pick<VectorPlot, 'leaves'>, index: number): MerklePath {
  const siblings: Buffer[] = [];
  const siblingIsRight: boolean[] = [];
  let [level, at]: [readonly Buffer[], number] = [plot.leaves.map((leaf) => leafNode(hex(leaf))), index];
  for (; level.length > 1; level = levelAbove(level), at >>= 1) {
    const node = level[at];
    if (node === undefined) throw new RangeError(`no leaf ${String(index)}`);
    siblings.push(level[at ^ 1] ?? padNode(node));
    siblingIsRight.push(at % 2 === 0);
  }
  return { siblings, siblingIsRight };
}
