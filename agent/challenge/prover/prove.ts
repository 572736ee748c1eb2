import type { Argon2 } from '../../../common/challenge/argon2.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import { HeadframeError } from '../../../common/model/error.js';
import { proveCpu } from './cpu.js';
import { proveDisk } from './disk.js';
import { proveMemory } from './memory.js';
import type { Proof } from './proof.js';

/** What a prover works with. */
export interface ProverParts {
  readonly argon2: Argon2;
  /** Where labels are kept. */
  readonly labels: string;
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
    case 'network':
      // Neither is for a program that has no GPU and no network.
      return Promise.reject(cannot(parameters.type));
  }
}

function cannot(type: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'challenge_invalid',
    message: `this prover does no challenge of type ${type}`,
    remedy: 'Nothing is judged by it: what this host has of it stays unverified.',
  });
}
