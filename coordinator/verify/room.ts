import type { HostRecord } from '../../common/model/host.js';
import { isEnded } from '../../common/model/instance.js';
import { NO_RESOURCES, addResources, allocatableResources } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import type { FleetReader } from '../fleet/port.js';

/** What of a host no instance has: what it claims, less what is kept for the system and what instances there may take. */
export function roomOn(fleet: Pick<FleetReader, 'instancesOn' | 'workload'>, host: HostRecord): Resources {
  let taken: Resources = NO_RESOURCES;
  for (const { state, workloadId } of fleet.instancesOn(host.id)) {
    const resources = isEnded(state) ? undefined : fleet.workload(workloadId)?.resources;
    if (resources !== undefined) taken = addResources(taken, resources);
  }
  return allocatableResources(allocatableResources(host.claimed, host.reserved), taken);
}
