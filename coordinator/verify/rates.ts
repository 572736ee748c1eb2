import { TILE_BYTES } from '../../common/challenge/gemm.js';
import type { ChallengeParameters, GpuParameters } from '../../common/challenge/parameters.js';

/** What a slow but honest host needs (`challenges.rates`); deadlines are made of it. Milliseconds. */
export interface ReferenceRates {
  /** To fill a GiB by Argon2d once on one of many lanes that are all busy. */
  readonly cpuMsPerGib: number;
  /** To fill a GiB by Argon2d once for a memory challenge. */
  readonly memoryMsPerGib: number;
  /** To make a node of a label. */
  readonly nodeMs: number;
  /** For one of the dependent reads of 64 KiB: 94 for spinning disks, 16 for others. */
  readonly readMs: number;
  /** For a GPU to multiply a GiB once, and make its digests. */
  readonly gpuMsPerGib: number;
  /** For the way there and back and all that does not grow with the work. */
  readonly graceMs: number;
}

/** How much longer than the reference the timed part of a type may take. */
const SLACK = { cpu: 4, memory: 1.3, plot: 4, gpu: 2 } as const;
/** Echoes, and the slowest link that is worth a lease: a mebibit per second. */
const ECHO_MS = 2_000;
const LEAST_BYTES_PER_MS = 131;
/** To get a GPU's memory and fill it. */
const GPU_FILL_MS = 5_000;
const KIB_PER_GIB = 2 ** 20;

/** By when a host has to have committed, from the start that it was told. */
export function commitDeadlineMs(parameters: ChallengeParameters, rates: ReferenceRates): number {
  switch (parameters.type) {
    case 'cpu': {
      const gib = (parameters.steps * parameters.memoryKib * parameters.passes) / KIB_PER_GIB;
      return rates.graceMs + SLACK.cpu * gib * rates.cpuMsPerGib;
    }
    case 'memory':
      return rates.graceMs + SLACK.memory * (parameters.memoryKib / KIB_PER_GIB) * rates.memoryMsPerGib;
    case 'disk':
      // What is kept has no more to be worked out.
      if (parameters.stage === 'read') return rates.graceMs + 30_000;
      return rates.graceMs + SLACK.plot * parameters.nodes * parameters.layers * rates.nodeMs;
    case 'network':
      return rates.graceMs + parameters.echoes * ECHO_MS + parameters.downBytes / LEAST_BYTES_PER_MS;
    case 'gpu':
      return rates.graceMs + GPU_FILL_MS + SLACK.gpu * gpuGibs(parameters) * rates.gpuMsPerGib;
  }
}

/** What the largest of the GPUs multiplies in all rounds together, in GiB; the others work at the same time. */
export function gpuGibs({ devices, rounds }: GpuParameters): number {
  const tiles = Math.max(...devices.map((device) => device.tiles));
  return (rounds * tiles * TILE_BYTES) / 2 ** 30;
}

/** By when it has to have opened, from the reveal; for reads of a label this is what is measured. */
export function openDeadlineMs(parameters: ChallengeParameters, rates: ReferenceRates): number {
  if (parameters.type === 'disk' && parameters.stage === 'read') return rates.graceMs + parameters.reads * rates.readMs;
  const bytes = parameters.type === 'network' ? parameters.upBytes : 0;
  return rates.graceMs + 30_000 + bytes / LEAST_BYTES_PER_MS;
}
