import { SeededMatrix, foldRow, productEntry, rowOf } from '../../../common/challenge/gemm.js';
import type { GpuParameters } from '../../../common/challenge/parameters.js';
import type { Opened } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import { keyOf } from '../../../common/challenge/seed.js';
import { wrongOpening } from './fault.js';
import type { Evidence, ProofFault } from './fault.js';
import { OpenedTrees } from './opened-trees.js';

/** Makes the sampled entries again, each out of one row of its round's first factor: as many steps as a row is long. */
export function checkGpu(
  parameters: GpuParameters,
  { seed, roots, reveal }: Evidence,
  { openings }: Pick<Opened, 'openings'>,
): ProofFault | undefined {
  const { size, rounds, samples } = parameters;
  if (roots.length !== rounds)
    return wrongOpening(`${String(roots.length)} roots were committed to for ${String(rounds)} rounds`);
  const trees = new OpenedTrees(roots, size, openings);
  const first = new SeededMatrix(keyOf(seed, 'gemm first'));
  const rowAt = (round: number, row: number): Int8Array | undefined => {
    if (round < 0) return Int8Array.from({ length: size }, (_, column) => first.entry(row, column));
    const bytes = trees.leaf(round, row);
    return bytes?.length === 4 * size ? foldRow(rowOf(bytes)) : undefined;
  };
  for (const number of sampleIndices({ reveal, roots, name: 'gpu' }, samples, rounds * size * size)) {
    const [round, inRound] = [Math.floor(number / (size * size)), number % (size * size)];
    const [row, column] = [Math.floor(inRound / size), inRound % size];
    const [before, bytes] = [rowAt(round - 1, row), trees.leaf(round, row)];
    if (before === undefined || bytes?.length !== 4 * size)
      return wrongOpening(`row ${String(row)} of round ${String(round)} was not opened as committed`);
    const second = new SeededMatrix(keyOf(roots[round - 1] ?? seed, 'gemm second'));
    if (productEntry(before, second, column) !== rowOf(bytes)[column])
      return wrongOpening(`entry ${String(row)}, ${String(column)} of round ${String(round)} is not the product`);
  }
  return undefined;
}
