import { isGuarded } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import { isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { Workload } from '../../common/model/workload.js';
import type { RolloutStep, StepWhy } from './step.js';

/** All that the rollout of one miner looks at. */
export interface RolloutView {
  readonly nowMs: number;
  readonly miner: MinerRecord;
  /** All of the miner's, ended ones included, in the order of their serials. */
  readonly instances: Iterable<InstanceRecord>;
  readonly workload: (id: number) => Workload | undefined;
  readonly host: (id: string) => Pick<HostRecord, 'state' | 'draining' | 'name' | 'capabilities'> | undefined;
  /** Why an instance is to be moved to another host, as one on a draining host is; none is when left out. */
  readonly moving?: (serial: number) => StepWhy | undefined;
  /**
   * Milliseconds for which the fleet has been watched without a break, for ever when left out: what a deadline saw nothing
   * of, as after a restart, it does not count at once.
   */
  readonly watchedMs?: number;
}

/** The miner's instances, sorted by what they mean for its rollout. */
export interface Census {
  /** Live and not stopping: these are to number as many as are wanted. */
  readonly active: readonly InstanceRecord[];
  /** Asked to stop and not ended yet. */
  readonly stopping: number;
  readonly ended: readonly InstanceRecord[];
  /** Those whose host is gone; counted as ended with their lives, not among `ended`. Those locked to theirs are `active`, too. */
  readonly losses: readonly RolloutStep[];
}

/** Sorts a miner's instances in one pass. */
export function takeCensus(view: RolloutView): Census {
  const active: InstanceRecord[] = [];
  const ended: InstanceRecord[] = [];
  const losses: RolloutStep[] = [];
  let stopping = 0;
  for (const record of view.instances) {
    const loss = isEnded(record.state) ? undefined : lossOf(view, record);
    if (loss !== undefined) losses.push(loss);
    if (loss?.kind === 'lose') continue;
    if (isEnded(record.state)) ended.push(record);
    else if (record.state === 'stopping') stopping += 1;
    else active.push(record);
  }
  return { active, stopping, ended, losses };
}

/** Whether instances on a host can no longer be reached, so that they count as lost. */
export function isGone(host: Pick<HostRecord, 'state'> | undefined): boolean {
  return host === undefined || host.state === 'lost' || host.state === 'removed';
}

/**
 * Whether an instance may still run though its host's lease has expired, and so keeps its exclusive identity: nothing on the
 * host is sure to have ended it. It stays so until the host is heard again or an operator removes it.
 */
export function isLocked(
  workload: Pick<Workload, 'identity'> | undefined,
  host: Pick<HostRecord, 'state' | 'capabilities'> | undefined,
): boolean {
  return host?.state === 'lost' && (workload?.identity ?? '') !== '' && !isGuarded(host);
}

/** Whether an instance does its work: it runs, and its health check, if any, passes. */
export function isAvailable(record: InstanceRecord): boolean {
  return record.state === 'running' && (record.health === 'healthy' || record.health === 'none');
}

/** Whether an instance has been available for as long as its miner asks of updated ones. */
export function isProven(view: RolloutView, record: InstanceRecord): boolean {
  const provenAtMs = record.changedAtMs + view.miner.spec.update.minHealthyMs;
  // What seems to have changed in the future was told by a clock that has been set back since.
  return isAvailable(record) && (provenAtMs <= view.nowMs || record.changedAtMs > view.nowMs);
}

/** Why an instance is to leave its host: the host is being emptied, or somebody else asked; undefined to stay. */
export function relocation(view: RolloutView, record: InstanceRecord): StepWhy | undefined {
  const host = record.hostId === undefined ? undefined : view.host(record.hostId);
  if (host?.draining === true) return { reason: 'host_drained', text: `Host ${host.name} is being drained.` };
  return view.moving?.(record.serial);
}

/** Whether nothing of a miner is replaced for now: its rollout is paused or has failed. */
export function isHalted({ miner }: RolloutView): boolean {
  return miner.rollout.paused || miner.rollout.state === 'failed';
}

/** Whether instances of a workload are kept as they were before a rollout that has come to a halt half way. */
export function isKeptBefore(view: RolloutView, workloadId: number): boolean {
  const { fromWorkloadId, updatedLimit } = view.miner.rollout;
  return isHalted(view) && updatedLimit !== undefined && workloadId === fromWorkloadId;
}

/** Whether an instance runs something else than the miner's present workload. */
export function isOutdated(view: RolloutView, record: InstanceRecord): boolean {
  return record.workloadId !== view.miner.workloadId;
}

function lossOf(view: RolloutView, record: InstanceRecord): RolloutStep | undefined {
  if (record.hostId === undefined) return undefined;
  const host = view.host(record.hostId);
  if (!isGone(host)) return undefined;
  if (isLocked(view.workload(record.workloadId), host)) return lockOf(record, host?.name ?? '');
  const why =
    host?.state === 'lost'
      ? ({ reason: 'host_lost', text: `Its host ${host.name} is lost.` } as const)
      : ({ reason: 'host_removed', text: `Its host ${host?.name ?? record.hostId} was removed.` } as const);
  return { kind: 'lose', serial: record.serial, ...why };
}

function lockOf(record: InstanceRecord, hostName: string): RolloutStep | undefined {
  if (record.reason === 'identity_locked') return undefined;
  const text = `Its host ${hostName} is lost and has no guard that would have ended it.`;
  return { kind: 'lock', serial: record.serial, reason: 'identity_locked', text };
}
