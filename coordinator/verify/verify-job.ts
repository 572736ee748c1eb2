import { fromBinary } from '@bufbuild/protobuf';
import type { Argon2 } from '../../common/challenge/argon2.js';
import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import { openedFromWire } from '../../common/challenge/wire.js';
import { ChallengeOpenSchema } from '../../common/gen/headframe/v1/challenge_pb.js';
import { checkCpu } from './check/cpu.js';
import { checkPlot, checkReads } from './check/disk.js';
import type { KnownLabel } from './check/disk.js';
import { wrongOpening } from './check/fault.js';
import type { Evidence, ProofFault } from './check/fault.js';
import { checkGpu } from './check/gpu.js';
import { checkMemory } from './check/memory.js';

/** A proof to be looked at; plain values, for it goes to another process. */
export interface VerifyJob extends Evidence {
  readonly parameters: ChallengeParameters;
  /** A `ChallengeOpen` as it came. */
  readonly opened: Uint8Array;
  /** Of a memory challenge: whether the lottery drew it. */
  readonly isDrawn: boolean;
  /** Of a label that is read: what it was committed to when it was made. */
  readonly known: KnownLabel | undefined;
}

/** Looks at a proof; undefined where nothing is wrong with it. What cannot be read opens nothing. */
export async function verify(job: VerifyJob, argon2: Argon2): Promise<ProofFault | undefined> {
  const { parameters } = job;
  const opened = openedOf(job.opened);
  if (opened === undefined) return wrongOpening('what was opened cannot be read');
  switch (parameters.type) {
    case 'cpu':
      return checkCpu(argon2, parameters, job, opened);
    case 'memory':
      return checkMemory(argon2, parameters, job, job.isDrawn);
    case 'disk':
      return parameters.stage === 'plot'
        ? checkPlot(parameters, job, opened)
        : checkReads(parameters, job, opened, job.known);
    case 'gpu':
      return checkGpu(parameters, job, opened);
    case 'network':
      // Its streams were looked at as they came.
      return undefined;
  }
}

function openedOf(bytes: Uint8Array): ReturnType<typeof openedFromWire> | undefined {
  try {
    return openedFromWire(fromBinary(ChallengeOpenSchema, bytes));
  } catch {
    // No message of ours.
    return undefined;
  }
}
