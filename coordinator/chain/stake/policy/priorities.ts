import { formatPriority } from '../../../../common/model/priority.js';
import type { MinerRecord, StakePriority } from '../../../../common/model/miner.js';
import type { StakePolicyRecord } from '../../../../common/model/stake-policy.js';
import type { FleetPort, FleetReader } from '../../../fleet/port.js';
import { bandOf } from './band.js';
import { minersOf } from './observe-policy.js';

type Wanted = Omit<StakePriority, 'atMs'>;

/** Gives miners the priorities that stake policies want now, and their own back where none does; each change is told. */
export async function alignPriorities(fleet: FleetPort): Promise<void> {
  if (changesOf(fleet).length === 0) return;
  const { durable } = fleet.transact((tx) => {
    for (const [miner, wanted] of changesOf(tx)) {
      const stakePriority = wanted && { ...wanted, atMs: tx.atMs };
      tx.putMiner({ ...miner, stakePriority });
      const text =
        wanted?.text ?? `Its own priority, ${formatPriority(miner.spec.priority)}: no stake policy gives it another.`;
      tx.event({ subject: 'miner', id: miner.spec.name, reason: 'stake_priority_changed', text });
    }
  });
  await durable;
}

function changesOf(fleet: FleetReader): [MinerRecord, Wanted | undefined][] {
  const wanted = wantedPriorities(fleet);
  const changes: [MinerRecord, Wanted | undefined][] = [];
  for (const miner of fleet.miners()) {
    const next = wanted.get(miner.spec.name);
    const now = miner.stakePriority;
    if (next?.priority !== now?.priority || next?.policy !== now?.policy) changes.push([miner, next]);
  }
  return changes;
}

/** By the name of the miner; of several policies the highest priority counts, of equals the first by name. */
function wantedPriorities(fleet: FleetReader): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const policies = [...fleet.stakePolicies()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  for (const policy of policies) {
    const band = bandOf(policy);
    if (band === undefined) continue;
    const { priority, atLeast } = band;
    const of = `Priority ${formatPriority(priority)} by the stake policy ${policy.spec.name}`;
    const text = `${of}: ${policy.banded?.stake ?? ''} were staked, and it is so from ${atLeast} on.`;
    for (const miner of minersOf(fleet, policy.spec.hotkey)) {
      const other = wanted.get(miner);
      if (!worksThere(fleet.miner(miner), policy) || (other !== undefined && other.priority >= priority)) continue;
      wanted.set(miner, { priority, policy: policy.spec.name, text });
    }
  }
  return wanted;
}

/** Stake in the root counts in all subnets of its chain. */
function worksThere(miner: MinerRecord | undefined, { spec: { network, netuid } }: StakePolicyRecord): boolean {
  const chain = miner?.spec.module?.chain;
  return chain === undefined || (chain.network === network && (netuid === 0 || chain.netuid === netuid));
}
