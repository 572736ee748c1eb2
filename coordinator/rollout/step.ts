import type { ReasonCode } from '../../common/model/reason.js';

/** Why a step is taken; it becomes the reason of what the step changes. */
export interface StepWhy {
  readonly reason: ReasonCode;
  readonly text: string;
}

/** One change of a miner's instances. Steps are checked again when they are taken: the fleet may have moved on. */
export type RolloutStep =
  /** New pending instances of a workload. */
  | ({ readonly kind: 'create'; readonly count: number; readonly workloadId: number } & StepWhy)
  /** Takes a pending instance away; nothing of it exists on any host. */
  | ({ readonly kind: 'remove'; readonly serial: number } & StepWhy)
  /** Asks the host to stop an instance. */
  | ({ readonly kind: 'stop'; readonly serial: number } & StepWhy)
  /** Counts an instance on a lost or removed host as lost. */
  | ({ readonly kind: 'lose'; readonly serial: number } & StepWhy)
  /** Says that an instance on a lost host is not counted as lost, for it may still run. */
  | ({ readonly kind: 'lock'; readonly serial: number } & StepWhy)
  /** Drops the record of an instance that has ended. */
  | { readonly kind: 'forget'; readonly serial: number }
  /** Drops the miner's own record, once no instance is left. */
  | { readonly kind: 'removeMiner' };
