import { challengesField } from '../../../common/config/challenges-config.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import type { ChallengeWish } from '../../../coordinator/verify/port.js';
import type { ReferenceRates } from '../../../coordinator/verify/rates.js';

const MIB = 2 ** 20;

/** Of the containers of tests. */
export const TEST_LIMITS = { cpuMillis: 1000, memoryBytes: 256 * MIB, pids: 64 };

/** Small parameters of each type. */
export const SMALL = {
  cpu: { type: 'cpu', chains: 2, steps: 16, memoryKib: 64, passes: 1, samples: 8 },
  memory: { type: 'memory', memoryKib: 1024, lanes: 1 },
  plot: { type: 'disk', label: 'label-1', stage: 'plot', nodes: 2048, layers: 4, samples: 8, reads: 4 },
  read: { type: 'disk', label: 'label-1', stage: 'read', nodes: 2048, layers: 4, samples: 8, reads: 4 },
  network: { type: 'network', echoes: 5, downBytes: 200_000, upBytes: 200_000 },
  gpu: { type: 'gpu', devices: [{ id: 'GPU-1', tiles: 32 }], rounds: 2, samples: 16 },
} as const satisfies Record<string, ChallengeParameters>;

/** Those of a coordinator that is told nothing else. */
export const DEFAULT_RATES: ReferenceRates = challengesField.parse({}).rates;

/** Deadlines that no loaded test machine misses. */
export const PATIENT: ReferenceRates = {
  cpuMsPerGib: 60_000,
  memoryMsPerGib: 60_000,
  nodeMs: 1,
  readMs: 1_000,
  gpuMsPerGib: 100_000,
  graceMs: 20_000,
};

/** Has a coordinator be patient: what its hosts claim is not theirs while other tests run beside. */
export const PATIENT_FLAGS = ['--challenges-rates-memory-per-gib', '60s', '--challenges-rates-layer-per-mib', '10s'];

/** A wish with defaults. */
export function wishFor(
  parameters: ChallengeParameters,
  over: Partial<ChallengeWish> & { readonly id: string },
): ChallengeWish {
  const claimed = 1000;
  return {
    hostId: 'host-1',
    parameters,
    limits: TEST_LIMITS,
    claimed,
    sweep: '',
    subject: over.id,
    isNewHost: true,
    ...over,
  };
}
