import { HeadframeError } from '../model/error.js';
import { framed, sha256, u64 } from './digest.js';

/** Argon2d chains, one for each virtual CPU, all at once. */
export interface CpuParameters {
  readonly type: 'cpu';
  /** Chains that run at once; one for each virtual CPU that is claimed. */
  readonly chains: number;
  /** Steps of each chain, one Argon2d call each. */
  readonly steps: number;
  /** Memory of one call, KiB: 65,536 measures memory's speed too, 1,024 that of the caches. */
  readonly memoryKib: number;
  /** Passes of one call over its memory. */
  readonly passes: number;
  /** Transitions that are opened. */
  readonly samples: number;
}

/** One Argon2d over a share of the claimed memory. */
export interface MemoryParameters {
  readonly type: 'memory';
  readonly memoryKib: number;
  /** Lanes, worked on at once; one for each virtual CPU. */
  readonly lanes: number;
}

/** A label of a stacked graph that is kept on disk; see `label.ts`. */
export interface DiskParameters {
  readonly type: 'disk';
  /** The label by name: the same name reads what was plotted before. */
  readonly label: string;
  /** Whether the label is made now, and its layers audited, or read as it is kept. */
  readonly stage: 'plot' | 'read';
  /** Nodes of a layer, each 64 bytes; a power of two. */
  readonly nodes: number;
  readonly layers: number;
  /** Nodes of each layer that are audited after a plot. */
  readonly samples: number;
  /** Reads, each at a place that the one before it decides. */
  readonly reads: number;
}

/** Echoes and seeded streams over the agent's own connection. */
export interface NetworkParameters {
  readonly type: 'network';
  /** Nonces that are echoed one after the other; the quickest counts. */
  readonly echoes: number;
  /** Bytes to the host, and from it. */
  readonly downBytes: number;
  readonly upBytes: number;
}

/** Products of matrices of 8-bit integers, on all of the GPUs at once; see `gemm.ts`. */
export interface GpuParameters {
  readonly type: 'gpu';
  readonly devices: readonly GpuShare[];
  /** Products, each of the one before it. */
  readonly rounds: number;
  /** Rows that are opened. */
  readonly samples: number;
}

/** What one GPU works on. */
export interface GpuShare {
  /** As its host reports it; of NVIDIA's the UUID. */
  readonly id: string;
  /** Tiles of 16 KiB that fill its memory; whole groups of 32. */
  readonly tiles: number;
}

/** What a challenge asks for; the verifier fixes it and never hears it back. */
export type ChallengeParameters = CpuParameters | MemoryParameters | DiskParameters | NetworkParameters | GpuParameters;

/** What a range of whole numbers is called in an error. */
type Bounds = Readonly<Record<string, readonly [least: number, most: number]>>;

const GIB = 2 ** 30;

/** Bounds of each number, both inclusive: what an agent does for its coordinator at most. */
const BOUNDS = {
  cpu: { chains: [1, 1024], steps: [1, 65_536], memoryKib: [64, 4 * 2 ** 20], passes: [1, 1024], samples: [1, 512] },
  memory: { memoryKib: [64, 4 * 2 ** 30 - 1], lanes: [1, 1024] },
  disk: { nodes: [1024, 2 ** 28], layers: [2, 16], samples: [1, 256], reads: [1, 1024] },
  network: { echoes: [1, 1000], downBytes: [0, 4 * GIB], upBytes: [0, 4 * GIB] },
  gpu: { rounds: [1, 256], samples: [1, 512] },
} as const satisfies Record<ChallengeParameters['type'], Bounds>;

const MOST_GPUS = 64;
const GPU_ID = /^[!-~]{1,64}$/;
/** A terabyte of one GPU. */
const MOST_TILES = 2 ** 26;
/** As `GROUP_TILES` of gemm.ts, which reads this file. */
const TILE_STEP = 32;

const LABEL = /^[0-9a-z][0-9a-z-]{0,63}$/;

/** What is wrong with these parameters, naming field, value and range; undefined where nothing is. */
export function parameterFault(parameters: ChallengeParameters): string | undefined {
  const bounds: Bounds = BOUNDS[parameters.type];
  const values = new Map<string, unknown>(Object.entries(parameters));
  for (const [field, [least, most]] of Object.entries(bounds)) {
    const value = values.get(field);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most)
      return `${parameters.type}.${field} is ${String(value)} and has to be a whole number of ${String(least)} to ${String(most)}`;
  }
  if (parameters.type === 'disk') return diskFault(parameters);
  if (parameters.type === 'gpu') return gpuFault(parameters);
  if (parameters.type === 'memory' && parameters.memoryKib < 8 * parameters.lanes)
    return `memory.memoryKib is ${String(parameters.memoryKib)} and has to be 8 for each lane at least`;
  return undefined;
}

/** @throws HeadframeError (invalid_argument, 'challenge_invalid') */
export function checkParameters(parameters: ChallengeParameters): void {
  const fault = parameterFault(parameters);
  if (fault === undefined) return;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'challenge_invalid',
    message: fault,
    remedy: 'Choose it within that range.',
  });
}

/** The one form in bytes of these parameters; a part of the seed, so that a proof of others proves nothing. */
export function parameterBytes(parameters: ChallengeParameters): Buffer {
  switch (parameters.type) {
    case 'cpu': {
      const { chains, steps, memoryKib, passes, samples } = parameters;
      return numbered('cpu', chains, steps, memoryKib, passes, samples);
    }
    case 'memory':
      return numbered('memory', parameters.memoryKib, parameters.lanes);
    case 'disk': {
      const { label, nodes, layers } = parameters;
      // What is kept is read later with other samples, and has to be the same label then.
      return framed('disk', label, u64(nodes), u64(layers));
    }
    case 'network':
      return numbered('network', parameters.echoes, parameters.downBytes, parameters.upBytes);
    case 'gpu': {
      const { devices, rounds, samples } = parameters;
      // Of many GPUs, which would be more than a seed takes in.
      const shares = sha256(framed(...devices.flatMap(({ id, tiles }) => [id, u64(tiles)])));
      return framed('gpu', u64(rounds), u64(samples), shares);
    }
  }
}

function numbered(type: string, ...values: readonly number[]): Buffer {
  return framed(type, ...values.map(u64));
}

function diskFault({ label, nodes }: DiskParameters): string | undefined {
  if (!LABEL.test(label)) return `disk.label is ${JSON.stringify(label)} and has to be 1 to 64 of a–z, 0–9 and -`;
  if ((nodes & (nodes - 1)) !== 0) return `disk.nodes is ${String(nodes)} and has to be a power of two`;
  return undefined;
}

function gpuFault({ devices }: GpuParameters): string | undefined {
  if (devices.length < 1 || devices.length > MOST_GPUS)
    return `gpu.devices are ${String(devices.length)} and have to be 1 to ${String(MOST_GPUS)}`;
  for (const { id, tiles } of devices) {
    if (!GPU_ID.test(id)) return `gpu.devices.id is ${JSON.stringify(id)} and has to be 1 to 64 printable characters`;
    if (!Number.isSafeInteger(tiles) || tiles < TILE_STEP || tiles > MOST_TILES || tiles % TILE_STEP !== 0)
      return `gpu.devices.tiles is ${String(tiles)} and has to be a multiple of ${String(TILE_STEP)} up to ${String(MOST_TILES)}`;
  }
  return new Set(devices.map(({ id }) => id)).size === devices.length ? undefined : 'gpu.devices name a GPU twice';
}
