import type { Argon2 } from '../../../common/challenge/argon2.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { readCgroup } from './cgroup.js';
import { proveCpu } from './cpu.js';
import { proveDisk } from './disk.js';
import { proveGpu } from './gpu.js';
import type { Gemm } from './gpu.js';
import { proveMemory } from './memory.js';
import type { Proof } from './proof.js';

/** What a prover works with. */
export interface ProverParts {
  readonly argon2: Argon2;
  /** Where labels are kept. */
  readonly labels: string;
  /** What multiplies on a GPU; undefined where there is none. */
  readonly gemm?: Gemm | undefined;
  /** How the container's limits and counters are read; default as the kernel shows them. */
  readonly readCgroup?: (() => ReturnType<typeof readCgroup>) | undefined;
}

/** Does what is asked for. Throws `HeadframeError` (failed_precondition, not_found) where this host cannot. */
export function prove(parameters: ChallengeParameters, seed: Uint8Array, parts: ProverParts): Promise<Proof> {
  switch (parameters.type) {
    case 'cpu':
      return proveCpu(parts.argon2, parameters, seed);
    case 'memory':
      return proveMemory(parts.argon2, parameters, seed);
    case 'disk':
      return proveDisk(parts.labels, parameters, seed);
    case 'gpu':
      if (parts.gemm === undefined) return Promise.reject(cannot('gpu', 'challenge_no_gpu'));
      return proveGpu(parts.gemm, parameters, seed);
    case 'network':
      return Promise.reject(cannot('network', 'challenge_invalid'));
  }
}

function cannot(type: string, reason: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason,
    message: `this prover does no challenge of type ${type}`,
    remedy: 'Nothing is judged by it: what this host has of it stays unverified.',
  });
}
