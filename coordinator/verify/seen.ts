import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import type { CgroupReading } from '../../common/challenge/proof.js';
import type { ProofFault } from './check/fault.js';

/** Limits that the prover's container was to have. */
export interface ClaimedLimits {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
}

/** What was seen of a challenge that came to its end; times by the verifier's clock, in milliseconds. */
export interface Seen {
  readonly parameters: ChallengeParameters;
  readonly limits: ClaimedLimits;
  readonly isContained: boolean;
  /** From the start to the commit. */
  readonly commitMs: number;
  /** From the reveal to what was opened. */
  readonly openMs: number;
  readonly cgroup: CgroupReading | undefined;
  /** What is wrong with the proof. */
  readonly fault: ProofFault | undefined;
  /** Of a network: the quickest echo, and how long each stream took. */
  readonly network?: NetworkTimes | undefined;
  /** Whether the tag of a memory challenge was made again. */
  readonly wasRemade?: boolean | undefined;
}

/** How long the parts of a network challenge took, in milliseconds. */
export interface NetworkTimes {
  readonly rttMs: number;
  readonly downMs: number;
  readonly upMs: number;
}
