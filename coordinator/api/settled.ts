import { severityOf } from '../../common/model/reason.js';
import type { InstanceRecord } from '../../common/model/instance.js';

/** What decides whether a fleet has settled. */
export interface FleetMotion {
  /** Whether the rollout has nothing to plan or to take. */
  readonly rolloutIdle: boolean;
  /** Whether every pending instance has had its turn and has its why. */
  readonly schedulerSettled: boolean;
  /** Instances that are on their way: assigned, preparing, starting or stopping; others do not matter. */
  readonly moving: Iterable<Pick<InstanceRecord, 'state' | 'reason'>>;
}

/**
 * Whether nothing is left to decide or to start: every wanted instance runs, waits with a why, or has ended. One whose
 * start fails for a reason that only somebody outside can help, such as an image that does not exist, waits with a why.
 */
export function isSettled({ rolloutIdle, schedulerSettled, moving }: FleetMotion): boolean {
  if (!rolloutIdle || !schedulerSettled) return false;
  for (const instance of moving) if (isMoving(instance)) return false;
  return true;
}

function isMoving({ state, reason }: Pick<InstanceRecord, 'state' | 'reason'>): boolean {
  if (state === 'assigned' || state === 'stopping') return true;
  return (state === 'preparing' || state === 'starting') && severityOf(reason) !== 'error';
}
