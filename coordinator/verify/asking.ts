import { NODE_BYTES } from '../../common/challenge/label.js';
import { TILE_BYTES } from '../../common/challenge/gemm.js';
import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import type { Gpu, HostRecord } from '../../common/model/host.js';
import type { Resources } from '../../common/model/resources.js';
import type { ChallengeType } from '../../common/model/verdict.js';
import { askCpu, askDisk, askGpu, askMemory, askNetwork } from './ask.js';
import type { KeptLabel } from './kept-label.js';
import type { ClaimedLimits } from './seen.js';

/** How much of a host is asked for at once, whatever room it has. */
export interface AskLimits {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** As much as there is. */
export const ALL: AskLimits = Object.freeze({
  cpuMillis: Number.MAX_SAFE_INTEGER,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  diskBytes: Number.MAX_SAFE_INTEGER,
});

/** What a host is asked with. */
export interface HostRoom {
  readonly mostDisk: number;
  readonly kept: KeptLabel | undefined;
  /** Those of NVIDIA's that nobody has; one at least where a GPU challenge is asked. */
  readonly gpus: readonly Gpu[];
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** The program itself, beside what it fills. */
const LEAST_MEMORY_BYTES = 256 * MIB;
const LEAST_CPU_MILLIS = 1_000;
/** A label is made with all of its layers in memory, and its trees. */
const MEMORY_PER_LABEL = 6;
/** Threads of the program's own, beside those of the work. */
const PIDS = 64;
/** A GPU's driver, beside the digests of groups of tiles: these take a 256th of the GPU's memory. */
const GPU_MEMORY_BYTES = GIB;
const GPU_DIGEST_SHARE = 128;
const LABEL = 'label-1';

/** The GPUs of a host that the program of the GPU challenge knows to use. */
export function gpusToProve(host: Pick<HostRecord, 'description'> | undefined): readonly Gpu[] {
  return (host?.description.gpus ?? []).filter(({ vendor, memoryBytes }) => vendor === 'nvidia' && memoryBytes > 0);
}

/** What of a room a challenge asks for; undefined where that is too little. */
export function limitsWithin(
  room: Resources,
  most: Omit<AskLimits, 'diskBytes'>,
  gpus: readonly Gpu[] = [],
): ClaimedLimits | undefined {
  const cpuMillis = Math.floor(Math.min(room.cpuMillis, most.cpuMillis) / 1000) * 1000;
  const memoryBytes = Math.floor(Math.min(room.memoryBytes, most.memoryBytes) / MIB) * MIB;
  if (cpuMillis < LEAST_CPU_MILLIS || memoryBytes < leastMemoryBytes(gpus)) return undefined;
  return { cpuMillis, memoryBytes, pids: PIDS + cpuMillis / 1000 };
}

/** What a host is asked to prove a type by, within the limits of its prover. */
export function parametersOf(
  type: ChallengeType,
  { cpuMillis, memoryBytes }: ClaimedLimits,
  { mostDisk, kept, gpus }: HostRoom,
): ChallengeParameters {
  switch (type) {
    case 'cpu':
      // 64 MiB for each chain have to fit beside the program.
      return askCpu(cpuMillis, memoryBytes >= (cpuMillis / 1000) * 80 * MIB + LEAST_MEMORY_BYTES ? 'memory' : 'cache');
    case 'memory':
      return askMemory(memoryBytes - LEAST_MEMORY_BYTES / 4, cpuMillis);
    case 'disk': {
      const asked = askDisk(Math.min(mostDisk, memoryBytes / MEMORY_PER_LABEL), LABEL, 'plot');
      return kept === undefined ? asked : { ...asked, ...shapeOf(kept), stage: 'read' };
    }
    case 'network':
      return askNetwork();
    case 'gpu':
      return askGpu(gpus);
  }
}

/** What of its host a challenge takes up while it lasts: a label that is kept lies there in any case. */
export function takenBy(parameters: ChallengeParameters, { cpuMillis, memoryBytes }: ClaimedLimits): Resources {
  const makesLabel = parameters.type === 'disk' && parameters.stage === 'plot';
  const gpus = parameters.type === 'gpu' ? parameters.devices.length : 0;
  return { cpuMillis, memoryBytes, diskBytes: makesLabel ? parameters.nodes * NODE_BYTES : 0, gpus };
}

/** Name, size and depth of a label that is kept. */
export function shapeOf({ label, nodes, layers }: KeptLabel): Pick<KeptLabel, 'label' | 'nodes' | 'layers'> {
  return { label, nodes, layers };
}

/** What a pass proves: thousandths of a vCPU, bytes, or, of a network, no more than is measured. */
export function claimedBy(parameters: ChallengeParameters): number {
  switch (parameters.type) {
    case 'cpu':
      return parameters.chains * 1000;
    case 'memory':
      return parameters.memoryKib * 1024;
    case 'disk':
      return parameters.nodes * NODE_BYTES;
    case 'network':
      return 0;
    case 'gpu':
      return parameters.devices.reduce((bytes, { tiles }) => bytes + tiles * TILE_BYTES, 0);
  }
}

function leastMemoryBytes(gpus: readonly Gpu[]): number {
  if (gpus.length === 0) return LEAST_MEMORY_BYTES;
  const onGpus = gpus.reduce((bytes, { memoryBytes }) => bytes + memoryBytes, 0);
  return GPU_MEMORY_BYTES * gpus.length + onGpus / GPU_DIGEST_SHARE;
}
