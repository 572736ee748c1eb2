import type {
  CpuParameters,
  DiskParameters,
  GpuParameters,
  MemoryParameters,
  NetworkParameters,
} from '../../common/challenge/parameters.js';
import type { Gpu } from '../../common/model/host.js';
import { GROUP_TILES, TILE_BYTES } from '../../common/challenge/gemm.js';
import { NODE_BYTES } from '../../common/challenge/label.js';

/** Transitions and nodes that are opened: 32 catch who skips a tenth of the work 97 times in 100. */
const SAMPLES = 32;
/** Steps for each sample: making one in sixty again leaves the rest of the looking room within two hundredths of the work. */
const STEPS_PER_SAMPLE = 60;
const LEAST_STEPS = 128;
/** What one Argon2 call fills: 64 MiB once, or 1 MiB that caches hold 64 times over. */
const PROFILES = { memory: { memoryKib: 65_536, passes: 1 }, cache: { memoryKib: 1_024, passes: 64 } } as const;
/** Of the memory that is claimed; the rest is the program's. */
const MEMORY_SHARE = 0.8;
const LANE_KIB = 8;
const LAYERS = 4;
const AUDITED = 64;
const READS = 32;
const LEAST_NODES = 1_024;
const MOST_NODES = 2 ** 22;
const STREAM_BYTES = 64 * 2 ** 20;
const ECHOES = 50;
/** Of a GPU's memory; the rest is its driver's. */
const GPU_SHARE = 0.85;
/** Who keeps all but a share f works 1 + f × (rounds − 1) / 2 times as long. */
const GPU_ROUNDS = 32;
const GPU_SAMPLES = 64;
/** A terabyte of one GPU. */
const MOST_GROUPS = 2 ** 21;

/** What proves so many thousandths of a vCPU: a chain for each whole one, long enough for its samples to cost next to nothing. */
export function askCpu(cpuMillis: number, profile: keyof typeof PROFILES): CpuParameters {
  const chains = wholeCpus(cpuMillis);
  const steps = Math.max(LEAST_STEPS, Math.ceil((STEPS_PER_SAMPLE * SAMPLES) / chains));
  return { type: 'cpu', chains, steps, samples: SAMPLES, ...PROFILES[profile] };
}

/** What proves most of so much memory, filled by so many vCPUs at once. */
export function askMemory(memoryBytes: number, cpuMillis: number): MemoryParameters {
  const memoryKib = Math.floor((MEMORY_SHARE * memoryBytes) / 1024);
  return {
    type: 'memory',
    memoryKib,
    lanes: Math.min(wholeCpus(cpuMillis), Math.max(1, Math.floor(memoryKib / LANE_KIB))),
  };
}

/** A label of at most so many bytes, from 64 KiB to 256 MiB; the stage says whether it is made or read. */
export function askDisk(bytes: number, label: string, stage: DiskParameters['stage']): DiskParameters {
  const power = Math.floor(Math.log2(Math.max(1, bytes / NODE_BYTES)));
  const nodes = Math.min(MOST_NODES, Math.max(LEAST_NODES, 2 ** power));
  return { type: 'disk', label, stage, nodes, layers: LAYERS, samples: AUDITED, reads: READS };
}

/** Streams of 64 MiB each way, after fifty echoes. */
export function askNetwork(): NetworkParameters {
  return { type: 'network', echoes: ECHOES, downBytes: STREAM_BYTES, upBytes: STREAM_BYTES };
}

/** Most of the memory of each GPU, all at once. */
export function askGpu(gpus: readonly Pick<Gpu, 'id' | 'memoryBytes'>[]): GpuParameters {
  const groupBytes = GROUP_TILES * TILE_BYTES;
  const devices = gpus.map(({ id, memoryBytes }) => ({
    id,
    tiles: GROUP_TILES * Math.min(MOST_GROUPS, Math.max(1, Math.floor((GPU_SHARE * memoryBytes) / groupBytes))),
  }));
  return { type: 'gpu', devices, rounds: GPU_ROUNDS, samples: GPU_SAMPLES };
}

function wholeCpus(cpuMillis: number): number {
  return Math.min(1_024, Math.max(1, Math.floor(cpuMillis / 1000)));
}
