import type { MinerRecord } from '../../common/model/miner.js';
import { NO_RESOURCES, addResources } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import { heldBy, holdingCount } from '../fleet/index.js';
import type { FleetSight } from './scoped-fleet.js';

/** What the instances on a host take of it. */
export function allocatedOn(fleet: FleetSight, hostId: string): Resources {
  return heldBy(fleet, fleet.instancesOn(hostId));
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
  if (workload === undefined || !uniform) return heldBy(fleet, fleet.instancesOf(name));
  return addResources(NO_RESOURCES, workload.resources, holding);
}
