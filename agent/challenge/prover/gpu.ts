import { firstKey, rowCount, rowPlace, secondKey } from '../../../common/challenge/gemm.js';
import type { GpuParameters } from '../../../common/challenge/parameters.js';
import type { Opening } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import type { Proof } from './proof.js';

/** What one device is filled with. */
export interface DeviceFill {
  readonly id: string;
  readonly tiles: number;
  /** Of its first matrix. */
  readonly key: Uint8Array;
}

/** Port: devices that multiply what fills their memory, all at once; see common/challenge/gemm.ts. */
export interface Gemm {
  /** Fills each with its first matrix. */
  fill(devices: readonly DeviceFill[]): Promise<void>;
  /** Multiplies all that is held by the second factor of a key; the root of each device's tree, in their order. */
  multiply(key: Uint8Array): Promise<readonly Buffer[]>;
  /** A tile as it was after the product of that number, from 0, and what leads from it to that root. */
  tile(device: number, round: number, tile: number): Promise<Pick<Opening, 'leaf' | 'path'>>;
}

/** Multiplies round after round; the second factor of each comes from the roots of the round before it. */
export async function proveGpu(gemm: Gemm, parameters: GpuParameters, seed: Uint8Array): Promise<Proof> {
  const { devices, rounds, samples } = parameters;
  await gemm.fill(devices.map((share, device) => ({ ...share, key: firstKey(seed, device) })));
  const roots: Buffer[] = [];
  let before: readonly Buffer[] = [];
  for (let round = 0; round < rounds; round += 1) {
    before = await gemm.multiply(secondKey(seed, before));
    roots.push(...before);
  }
  const openingAt = async (round: number, device: number, tile: number): Promise<Opening> => ({
    ...{ tree: round * devices.length + device, index: tile },
    ...(await gemm.tile(device, round, tile)),
  });
  return {
    roots,
    open: async (reveal) => {
      const openings = new Map<string, Opening>();
      for (const number of sampleIndices({ reveal, roots, name: 'gpu' }, samples, rowCount(parameters))) {
        const { round, device, tile } = rowPlace(parameters, number);
        for (const at of [round - 1, round].filter((one) => one >= 0)) {
          const key = [at, device, tile].join('/');
          if (!openings.has(key)) openings.set(key, await openingAt(at, device, tile));
        }
      }
      return { openings: [...openings.values()], values: [] };
    },
    close: () => Promise.resolve(),
  };
}
