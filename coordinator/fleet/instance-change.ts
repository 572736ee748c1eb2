import { HeadframeError } from '../../common/model/error.js';
import { holdsCapacity, instanceId, mayFollow } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { InstancePatch } from './port.js';

/** What people are told of an instance: changes of these move `changedAtMs` and are events. */
const TOLD = ['state', 'health', 'reason', 'restarts', 'hostId'] as const;

/**
 * A record with a patch applied; the very same record when nothing differs. Throws `HeadframeError`
 * (failed_precondition) when the state may not follow or the host may not be taken.
 */
export function changeInstance(before: InstanceRecord, patch: InstancePatch, atMs: number): InstanceRecord {
  const told = TOLD.some((field) => patch[field] !== undefined && patch[field] !== before[field]);
  const after = patched(before, patch, told ? atMs : before.changedAtMs);
  if (sameRecord(before, after)) return before;
  if (!mayFollow(before, after)) throw refusal('instance_state_order', before, after);
  if (before.hostId !== undefined && after.hostId !== before.hostId)
    throw refusal('instance_host_fixed', before, after);
  if (after.hostId === undefined && holdsCapacity(after.state)) throw refusal('instance_without_host', before, after);
  return after;
}

function patched(before: InstanceRecord, patch: InstancePatch, changedAtMs: number): InstanceRecord {
  return {
    serial: before.serial,
    miner: before.miner,
    workloadId: before.workloadId,
    hostId: patch.hostId ?? before.hostId,
    state: patch.state ?? before.state,
    health: patch.health ?? before.health,
    reason: patch.reason ?? before.reason,
    text: patch.text ?? before.text,
    restarts: patch.restarts ?? before.restarts,
    exitCode: patch.exitCode ?? before.exitCode,
    hostPorts: patch.hostPorts ?? before.hostPorts,
    gpuIds: patch.gpuIds ?? before.gpuIds,
    containerId: patch.containerId ?? before.containerId,
    createdAtMs: before.createdAtMs,
    changedAtMs,
    startedAtMs: patch.startedAtMs ?? before.startedAtMs,
  };
}

function sameRecord(a: InstanceRecord, b: InstanceRecord): boolean {
  return (
    TOLD.every((field) => a[field] === b[field]) &&
    a.text === b.text &&
    a.exitCode === b.exitCode &&
    a.containerId === b.containerId &&
    a.startedAtMs === b.startedAtMs &&
    sameList(a.hostPorts, b.hostPorts) &&
    sameList(a.gpuIds, b.gpuIds)
  );
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => value === b[index]));
}

function refusal(reason: string, from: InstanceRecord, to: InstanceRecord): HeadframeError {
  const id = instanceId(from.miner, from.serial);
  return new HeadframeError({
    code: 'failed_precondition',
    reason,
    message: `instance ${id} cannot go from ${describe(from)} to ${describe(to)}`,
    metadata: { instance: id, from: from.state, to: to.state },
  });
}

function describe(record: InstanceRecord): string {
  return `${record.state} (restarts ${String(record.restarts)}) on ${record.hostId ?? 'no host'}`;
}
