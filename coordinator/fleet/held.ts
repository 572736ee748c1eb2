import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { NO_RESOURCES, addResources } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import type { FleetReader, InstanceCounts } from './port.js';

/** Instances that hold capacity: assigned and not ended. */
export function holdingCount(counts: InstanceCounts): number {
  return counts.assigned + counts.preparing + counts.starting + counts.running + counts.stopping;
}

/** What those of some instances take that hold capacity. */
export function heldBy(fleet: Pick<FleetReader, 'workload'>, instances: Iterable<InstanceRecord>): Resources {
  let sum = NO_RESOURCES;
  for (const { state, workloadId } of instances)
    if (holdsCapacity(state)) sum = addResources(sum, fleet.workload(workloadId)?.resources ?? NO_RESOURCES);
  return sum;
}
