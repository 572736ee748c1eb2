import type { ChallengeType } from './verdict.js';

/** What a host has proven of one kind of resource. */
export interface VerifiedCapacity {
  /** Thousandths of a vCPU, bytes (memory, disk, gpu), or bytes per second (network). */
  readonly amount: number;
  /** As it was measured: Argon2 steps per second for cpu, otherwise the amount. */
  readonly units: number;
  /** When it was proven, and until when it is taken for proven; unix milliseconds. */
  readonly atMs: number;
  readonly untilMs: number;
}

/** Why nothing that a host says of itself is believed, until an operator clears it. */
export interface HostQuarantine {
  /** The verdict that brought it about. */
  readonly challenge: string;
  readonly type: ChallengeType;
  /** A code of common/model/reason.ts. */
  readonly reason: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** What challenges have found of a host so far. */
export interface HostVerification {
  readonly verified: Readonly<Partial<Record<ChallengeType, VerifiedCapacity>>>;
  readonly quarantine?: HostQuarantine | undefined;
  /** Verdicts up to then count no more, as an operator has cleared the host; unix milliseconds, 0 for never. */
  readonly clearedAtMs: number;
}

/** A host that nobody has challenged. */
export const UNVERIFIED: HostVerification = Object.freeze({ verified: Object.freeze({}), clearedAtMs: 0 });
