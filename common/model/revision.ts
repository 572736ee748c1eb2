import type { MinerSpec } from './miner.js';
import type { RevisionOutcome } from './rollout.js';

/** A revision of what a miner's instances run. Times are unix milliseconds, 0 for none. */
export interface RevisionRecord {
  /** Fleet revision at which it was applied. */
  readonly revision: number;
  /** The newest workload made of it; it may be gone. */
  readonly workloadId: number;
  readonly spec: MinerSpec;
  readonly outcome: RevisionOutcome;
  readonly appliedAtMs: number;
  /** When its last rollout ended. */
  readonly endedAtMs: number;
  readonly text: string;
}

/** The revisions of one miner that are kept, oldest first. */
export interface MinerHistory {
  readonly revisions: readonly RevisionRecord[];
}
