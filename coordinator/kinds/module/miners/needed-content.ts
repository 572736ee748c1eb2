import { holdsCapacity } from '../../../../common/model/instance.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { FleetReader } from '../../../fleet/port.js';

/** Digests of the contents that modules, miners or their kept revisions are made of: what is not among them is nobody's. */
export function neededContent(fleet: Pick<FleetReader, 'modules' | 'miners' | 'historyOf'>): Set<string> {
  const needed = new Set<string>();
  for (const { pin, candidate } of fleet.modules())
    for (const one of [pin, candidate]) if (one !== undefined) needed.add(one.digest);
  const add = ({ module }: MinerSpec): void => {
    if (module?.build !== undefined) needed.add(module.build.content);
  };
  for (const { spec } of fleet.miners()) {
    if (spec.kind !== 'module') continue;
    add(spec);
    for (const revision of fleet.historyOf(spec.name).revisions) add(revision.spec);
  }
  return needed;
}

/** Whether a host holds an instance whose image is built of a content; of ended ones nothing is built any more. Pure. */
export function mayFetch(
  fleet: Pick<FleetReader, 'instancesOn' | 'workload'>,
  hostId: string,
  digest: string,
): boolean {
  for (const { state, workloadId } of fleet.instancesOn(hostId))
    if (holdsCapacity(state) && fleet.workload(workloadId)?.build?.content === digest) return true;
  return false;
}
