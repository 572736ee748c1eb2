import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceHolding } from '../fleet/port.js';

/** Consecutive instances that count alike: of one workload, all waiting, or all held by one host without ports and GPUs. */
export interface AlikeRun {
  readonly first: InstanceHolding;
  readonly serials: readonly number[];
}

/** Instances of a run at most, so that no turn of the event loop takes long with one. */
const MOST = 4_096;

/** Cuts instances into runs that can be counted at once; what stops, has ended or was given something is a run of its own. */
export function* alikeRuns(instances: Iterable<InstanceHolding>): Generator<AlikeRun> {
  let first: InstanceHolding | undefined;
  let serials: number[] = [];
  for (const record of instances) {
    if (first !== undefined && serials.length < MOST && isAlike(first, record)) {
      serials.push(record.serial);
      continue;
    }
    if (first !== undefined) yield { first, serials };
    [first, serials] = [record, [record.serial]];
  }
  if (first !== undefined) yield { first, serials };
}

function isAlike(first: InstanceHolding, record: InstanceHolding): boolean {
  return first.workloadId === record.workloadId && first.hostId === record.hostId && isPlain(first) && isPlain(record);
}

function isPlain({ state, hostId, hostPorts, gpuIds }: InstanceHolding): boolean {
  if (state === 'stopping' || hostPorts.length > 0 || gpuIds.length > 0) return false;
  return hostId === undefined ? state === 'pending' : holdsCapacity(state);
}
