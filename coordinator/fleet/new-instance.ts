import type { InstanceRecord } from '../../common/model/instance.js';

/** What an instance has been given of a host that gave it nothing. */
export const NOTHING: readonly never[] = Object.freeze([]);

/** An instance as it begins. */
export function newInstance(
  serial: number,
  of: { miner: string; workloadId: number; reason: string; text: string; atMs: number },
): InstanceRecord {
  return {
    serial,
    miner: of.miner,
    workloadId: of.workloadId,
    hostId: undefined,
    state: 'pending',
    health: 'none',
    reason: of.reason,
    text: of.text,
    restarts: 0,
    exitCode: undefined,
    hostPorts: NOTHING,
    gpuIds: NOTHING,
    containerId: '',
    createdAtMs: of.atMs,
    changedAtMs: of.atMs,
    startedAtMs: 0,
  };
}
