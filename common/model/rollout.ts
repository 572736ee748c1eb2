/** A whole number, or a share of the replicas in percent. */
export type CountOrPercent =
  { readonly kind: 'count'; readonly value: number } | { readonly kind: 'percent'; readonly value: number };

/** How instances are replaced when what they run changes. */
export interface UpdatePolicy {
  /** Most wanted instances that may be unavailable at once. */
  readonly maxUnavailable: CountOrPercent;
  /** Most instances beyond those wanted. */
  readonly maxSurge: CountOrPercent;
  /** An updated instance counts once it has been available for this long. */
  readonly minHealthyMs: number;
  /** Longest time without progress before a rollout has failed; 0 means without limit. */
  readonly progressDeadlineMs: number;
  /** Whether a failed rollout goes back to the last good revision. */
  readonly autoRollback: boolean;
}

/** When a miner is given up that keeps failing; `maxFailures` 0 means never. */
export interface RetryPolicy {
  readonly maxFailures: number;
  readonly windowMs: number;
}

/** What set a rollout going. */
export type RolloutCause = 'apply' | 'restart' | 'rollback' | 'autoRollback';

/** How a rollout stands; a paused one goes on as it was once it is resumed. */
export type RolloutState = 'progressing' | 'complete' | 'failed' | 'rolledBack';

/** How a miner's instances come to run its present workload. Times are unix milliseconds. */
export interface RolloutRecord {
  readonly state: RolloutState;
  readonly paused: boolean;
  readonly cause: RolloutCause;
  /** Spec revision that the instances ran before, and its workload; 0 for the first. */
  readonly fromRevision: number;
  readonly fromWorkloadId: number;
  readonly toRevision: number;
  /** Newest revision before this one whose rollout completed; 0 when none has. */
  readonly goodRevision: number;
  readonly startedAtMs: number;
  /** When it last came further than ever before. */
  readonly progressedAtMs: number;
  /** Most placed and most available instances of the new workload that were ever seen at once, added up. */
  readonly progress: number;
  /** While nothing is replaced: how many instances are to run the new workload; undefined when all. */
  readonly updatedLimit: number | undefined;
  /** 0 while it goes on. */
  readonly endedAtMs: number;
  /** Why it is in its state. */
  readonly reason: string;
  readonly text: string;
}

/** What is known of a miner's failures. Times are unix milliseconds. */
export interface FailureSeries {
  /** Beginning of the series of short-lived instances that goes on. */
  readonly firstAtMs: number;
  /**
   * Failures that count for the quarantine, the latest last: one a round of retries, however many replicas failed in it.
   * At most as many as the policy allows.
   */
  readonly countedAtMs: readonly number[];
  /** Instances with higher serials, created after the last failure that was counted, begin a new round. */
  readonly countedSerial: number;
  /** Failures of instances up to this serial are forgiven: they hold nothing back. */
  readonly forgivenSerial: number;
  readonly lastAtMs: number;
  readonly lastInstance: string;
  readonly lastReason: string;
  readonly lastText: string;
}

/** Why and since when a miner is given up. */
export interface QuarantineRecord {
  readonly reason: string;
  readonly text: string;
  readonly atMs: number;
  readonly failures: number;
  /** Id of the instance that failed last. */
  readonly instance: string;
}

/** What became of a revision. */
export type RevisionOutcome = 'progressing' | 'complete' | 'failed' | 'rolledBack' | 'superseded';
