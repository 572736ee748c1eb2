import { priorityOf } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import type { Workload } from '../../common/model/workload.js';
import { abilityAsked } from './ability.js';
import { demandOf } from './demand.js';
import type { Demand, PlacementPolicy } from './demand.js';

/** How an instance is laid out whose miner is gone: it waits for nothing, but what it holds is counted. */
const NO_POLICY: PlacementPolicy = {
  namespace: DEFAULT_NAMESPACE,
  priority: 0,
  constraints: [],
  affinities: [],
  strategy: { kind: 'balance', spreadBy: '', perHostCap: 0 },
};

/** How the instances of a miner are laid out, by the priority that counts for it. */
export function policyOf(miner: Pick<MinerRecord, 'spec' | 'stakePriority'> | undefined): PlacementPolicy {
  if (miner === undefined) return NO_POLICY;
  const priority = priorityOf(miner);
  return priority === miner.spec.priority ? miner.spec : { ...miner.spec, priority };
}

/** What the instances of a workload need. */
export function needsOf({
  miner,
  resources,
  container,
  identity,
  build,
  lease,
}: Workload): Parameters<typeof demandOf>[0] {
  return {
    miner,
    resources,
    ports: container.ports,
    identity,
    asks: abilityAsked({ builds: build !== undefined, leases: lease !== undefined }),
  };
}

/** A demand under a changed policy. */
export function withPolicy(demand: Demand, policy: PlacementPolicy): Demand {
  const ports = demand.ports.map((port) => ({ ...port, name: '', containerPort: 0 }));
  const { miner, identity, asks } = demand;
  return demandOf({ miner, resources: demand, ports, identity, asks }, policy);
}

/** Whether a miner wants instances at all: it exists and is neither stopped nor being deleted. */
export function isWanted(miner: MinerRecord | undefined): boolean {
  return miner !== undefined && !miner.stopped && !miner.deleting;
}
