import { holdsCapacity } from '../../common/model/instance.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { ModuleBuild } from '../../common/model/module-spec.js';
import type { FleetReader } from '../fleet/port.js';

/** What a miner's image is built of; undefined for one that is pulled. */
function buildOf({ module, model }: Pick<MinerSpec, 'module' | 'model'>): ModuleBuild | undefined {
  return module?.build ?? model?.build;
}

/** Digests of the contents that modules, miners or their kept revisions are made of: what is not among them is nobody's. */
export function neededContent(fleet: Pick<FleetReader, 'modules' | 'miners' | 'historyOf'>): Set<string> {
  const needed = new Set<string>();
  for (const { pin, candidate } of fleet.modules())
    for (const one of [pin, candidate]) if (one !== undefined) needed.add(one.digest);
  const add = (spec: MinerSpec): void => {
    const build = buildOf(spec);
    if (build !== undefined) needed.add(build.content);
  };
  for (const { spec } of fleet.miners()) {
    if (spec.module === undefined && spec.model === undefined) continue;
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
