import type { FailureSeries, QuarantineRecord, RolloutRecord } from '../../common/model/rollout.js';

/**
 * A change of what is known of the miner itself. It is made durable before anything is done by it, so that neither a
 * failure is counted twice nor a deadline begins anew after a restart.
 */
export type RolloutDecision =
  /** New failures were counted; `begins` a series, which is told once. */
  | { readonly kind: 'countFailures'; readonly failures: FailureSeries; readonly begins: boolean }
  /** The rollout came further. */
  | { readonly kind: 'progress'; readonly rollout: RolloutRecord }
  /** The rollout came to an end. */
  | { readonly kind: 'conclude'; readonly rollout: RolloutRecord }
  /** The rollout failed, and the miner goes back to its last good revision. */
  | { readonly kind: 'rollBack'; readonly toRevision: number; readonly text: string }
  /** The miner is given up. */
  | { readonly kind: 'quarantine'; readonly quarantine: QuarantineRecord };
