import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { NO_RESOURCES, addResources } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import type { InstanceCounts } from '../fleet/port.js';
import type { FleetSight } from './scoped-fleet.js';

/** Instances that hold capacity: assigned and not ended. */
export function holdingCount(counts: InstanceCounts): number {
  return counts.assigned + counts.preparing + counts.starting + counts.running + counts.stopping;
}

/** What the instances on a host take of it. */
export function allocatedOn(fleet: FleetSight, hostId: string): Resources {
  return sumOf(fleet, fleet.instancesOn(hostId));
}

/** What all instances of the fleet take. */
export function allocatedInFleet(fleet: FleetSight): Resources {
  let sum = NO_RESOURCES;
  for (const miner of fleet.miners()) sum = addResources(sum, allocatedTo(fleet, miner));
  return sum;
}

function allocatedTo(fleet: FleetSight, { spec: { name }, workloadId }: MinerRecord): Resources {
  const counts = fleet.countsOf(name);
  const { pending, stopped, failed, lost } = counts;
  const holding = holdingCount(counts);
  const workload = fleet.workload(workloadId);
  // As long as all instances run the same, which is nearly always, none need be looked at.
  const uniform = fleet.instancesOfWorkload(workloadId) === holding + pending + stopped + failed + lost;
  if (workload === undefined || !uniform) return sumOf(fleet, fleet.instancesOf(name));
  return addResources(NO_RESOURCES, workload.resources, holding);
}

function sumOf(fleet: FleetSight, instances: Iterable<InstanceRecord>): Resources {
  let sum = NO_RESOURCES;
  for (const { state, workloadId } of instances)
    if (holdsCapacity(state)) sum = addResources(sum, fleet.workload(workloadId)?.resources ?? NO_RESOURCES);
  return sum;
}
