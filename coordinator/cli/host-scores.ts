import type { HostScore } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Miner } from '../../common/gen/headframe/v1/miner_pb.js';
import type { Wallet } from '../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Invocation } from './invocation.js';
import { PAGE_SIZE, allPages } from './paging.js';

/** A subnet of a network. */
export interface SubnetPlace {
  readonly network: string;
  readonly netuid: number;
}

/** What of a fleet makes scores of hotkeys. */
export interface ScoredFleet {
  readonly miners: readonly Pick<Miner, 'spec'>[];
  readonly wallets: readonly Pick<Wallet, 'name' | 'hotkeys'>[];
  readonly instances: readonly Pick<Instance, 'miner' | 'hostId'>[];
  readonly scores: readonly Pick<HostScore, 'hostId' | 'score'>[];
}

/**
 * Scores of the hotkeys that the fleet's miners work with in a subnet, by address: that of the host on which the miner runs, and
 * 0 of one that runs nowhere, or on a host that has proven nothing. Pure.
 */
export function scoresOfHosts(
  { network, netuid }: SubnetPlace,
  { miners, wallets, instances, scores }: ScoredFleet,
): Record<string, number> {
  const scoreOf = new Map(scores.map(({ hostId, score }) => [hostId, score]));
  const found: Record<string, number> = {};
  for (const { spec } of miners) {
    const chain = spec?.section.case === 'module' ? spec.section.value.chain : undefined;
    if (chain?.network !== network || chain.netuid !== netuid) continue;
    const wallet = wallets.find(({ name }) => name === chain.wallet);
    const hotkey = wallet?.hotkeys.find(({ name }) => name === chain.hotkey);
    if (hotkey === undefined) continue;
    const hosts = instances.filter(({ miner }) => miner === spec?.name).map(({ hostId }) => scoreOf.get(hostId) ?? 0);
    found[hotkey.address] = Math.max(found[hotkey.address] ?? 0, ...hosts);
  }
  return found;
}

/** Reads these from the coordinator. Throws what its calls throw. */
export async function readHostScores(call: Invocation, place: SubnetPlace): Promise<Record<string, number>> {
  const { fleet, wallets, challenges } = await call.connect();
  const options = call.callOptions;
  const states = [InstanceState.RUNNING];
  const [miners, { wallets: known }, instances, scores] = await Promise.all([
    allPages((pageToken) => fleet.listMiners({ pageSize: PAGE_SIZE, pageToken }, options)),
    wallets.listWallets({}, options),
    allPages((pageToken) => fleet.listInstances({ states, pageSize: PAGE_SIZE, pageToken }, options)),
    allPages((pageToken) => challenges.listScores({ pageSize: PAGE_SIZE, pageToken }, options)),
  ]);
  return scoresOfHosts(place, {
    miners: miners.flatMap((page) => page.miners),
    wallets: known,
    instances: instances.flatMap((page) => page.instances),
    scores: scores.flatMap((page) => page.scores),
  });
}
