import {
  firstKey,
  firstTile,
  productRow,
  rowCount,
  rowOf,
  rowPlace,
  secondFactor,
  secondKey,
  TILE_BYTES,
} from '../../../common/challenge/gemm.js';
import type { RowPlace } from '../../../common/challenge/gemm.js';
import type { GpuParameters } from '../../../common/challenge/parameters.js';
import type { Opened } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import { wrongOpening } from './fault.js';
import type { Evidence, ProofFault } from './fault.js';
import { OpenedTrees } from './opened-trees.js';

/** Makes the sampled rows again, each out of the row that it came of: 65,536 products and sums of bytes each. */
export function checkGpu(
  parameters: GpuParameters,
  { seed, roots, reveal }: Evidence,
  { openings }: Pick<Opened, 'openings'>,
): ProofFault | undefined {
  const { devices, rounds, samples } = parameters;
  if (roots.length !== rounds * devices.length)
    return wrongOpening(
      `${String(roots.length)} roots were committed to for ${String(rounds)} products on ${String(devices.length)} GPUs`,
    );
  const trees = new OpenedTrees(roots, (tree) => devices[tree % devices.length]?.tiles ?? 0, openings);
  const tileAt = (round: number, { device, tile }: RowPlace): Uint8Array | undefined => {
    if (round < 0) return firstTile(firstKey(seed, device), tile);
    const bytes = trees.leaf(round * devices.length + device, tile);
    return bytes?.length === TILE_BYTES ? bytes : undefined;
  };
  const seconds = new Map<number, Int8Array>();
  const secondOf = (round: number): Int8Array => {
    const before = roots.slice(Math.max(0, round - 1) * devices.length, round * devices.length);
    const second = seconds.get(round) ?? secondFactor(secondKey(seed, before));
    seconds.set(round, second);
    return second;
  };
  for (const number of sampleIndices({ reveal, roots, name: 'gpu' }, samples, rowCount(parameters))) {
    const place = rowPlace(parameters, number);
    const [before, after] = [tileAt(place.round - 1, place), tileAt(place.round, place)];
    if (before === undefined || after === undefined)
      return wrongOpening(`${textOf(place, devices)} was not opened as committed`);
    const made = productRow(rowOf(before, place.row), secondOf(place.round));
    if (Buffer.compare(made, rowOf(after, place.row)) !== 0)
      return wrongOpening(`${textOf(place, devices)} is not the product of what was before it`);
  }
  return undefined;
}

function textOf({ round, device, tile, row }: RowPlace, devices: GpuParameters['devices']): string {
  return `row ${String(row)} of tile ${String(tile)} of product ${String(round + 1)} on GPU ${devices[device]?.id ?? ''}`;
}
