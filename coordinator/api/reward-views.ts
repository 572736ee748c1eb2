import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  FollowedSubnetSchema,
  RewardEntrySchema,
  RewardTotalSchema,
} from '../../common/gen/headframe/v1/rewards_service_pb.js';
import { REWARD_BASIS } from '../../common/wire/client.js';
import type { FollowedSubnet, LedgerEntry, RewardTotal } from '../chain/index.js';
import { tokenOf } from './intent-views.js';
import { hotkeyOfMiner } from './miner-hotkeys.js';
import type { MinerHotkey } from './miner-hotkeys.js';
import type { HandlerParts } from './parts.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks'>;

/** Puts what hotkeys earned on the wire, with the names that they have in wallets now. */
export class RewardViews {
  readonly #parts: Parts;
  readonly #names: ReadonlyMap<string, { readonly wallet: string; readonly hotkeyName: string }>;

  readonly #miners = new Map<string, string[]>();

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const miner of parts.fleet.miners()) {
      const found = hotkeyOfMiner(parts.fleet, miner);
      if (found === undefined) continue;
      const key = placeKey(found);
      this.#miners.set(key, [...(this.#miners.get(key) ?? []), miner.spec.name]);
    }
    this.#names = new Map(
      [...parts.fleet.wallets()].flatMap(({ name: wallet, hotkeys }) =>
        hotkeys.map(({ address, name }) => [address, { wallet, hotkeyName: name }] as const),
      ),
    );
  }

  total(total: RewardTotal): MessageInitShape<typeof RewardTotalSchema> {
    const { network, netuid, hotkey, coldkey, earned, spot, out, unvalued, entries, missed } = total;
    const stake = this.#parts.fleet.subnet(network, netuid)?.marks[hotkey]?.stake;
    return {
      ...{ network, netuid, hotkey, coldkey, entries, missed, ...this.#nameOf(hotkey), ...this.#unitsOf(total) },
      ...{ earnedPlanck: String(earned), spotPlanck: String(spot), outPlanck: String(out) },
      ...{ unvaluedPlanck: String(unvalued), firstAtMs: BigInt(total.firstAtMs), lastAtMs: BigInt(total.lastAtMs) },
      miners: this.#miners.get(placeKey({ network, netuid, address: hotkey })) ?? [],
      ...(stake === undefined ? {} : { stakePlanck: stake }),
    };
  }

  entry({ day, entry }: LedgerEntry): MessageInitShape<typeof RewardEntrySchema> {
    const { network, netuid, hotkey, coldkey } = day;
    const { spot, out, missed } = entry;
    return {
      ...{ network, netuid, hotkey, coldkey, missed, ...this.#nameOf(hotkey), ...this.#unitsOf(day) },
      ...{ fromBlock: BigInt(entry.fromBlock), toBlock: BigInt(entry.toBlock), atMs: BigInt(entry.atMs) },
      ...{ basis: REWARD_BASIS.toWire(entry.basis), earnedPlanck: entry.earned },
      ...(spot === undefined ? {} : { spotPlanck: spot }),
      ...(out === undefined ? {} : { outPlanck: out }),
    };
  }

  followed({ record, causes, failure }: FollowedSubnet): MessageInitShape<typeof FollowedSubnetSchema> {
    const { network, netuid, block, atMs, dueAt, lastEpoch, gone, marks } = record;
    return {
      ...{ network, netuid, gone, causes: [...causes], hotkeys: Object.keys(marks) },
      ...{ block: BigInt(block), atMs: BigInt(atMs), dueAt: BigInt(dueAt) },
      ...(lastEpoch === undefined ? {} : { lastEpoch: BigInt(lastEpoch) }),
      ...{ failure: failure?.reason ?? '', failureText: failure?.message ?? '' },
    };
  }

  #nameOf(hotkey: string): { readonly wallet: string; readonly hotkeyName: string } {
    return this.#names.get(hotkey) ?? { wallet: '', hotkeyName: '' };
  }

  /** Of the root, and of chains without tokens of subnets, the base token's. */
  #unitsOf({ network, netuid }: { readonly network: string; readonly netuid: number }) {
    const token = tokenOf(this.#parts.networks, network);
    const chain = this.#parts.networks.connections().find((one) => one.network === network);
    const isBase = netuid === 0 || chain?.capabilities?.dynamicTao === false;
    return { ...token, unit: isBase ? token.tokenSymbol : 'alpha' };
  }
}

function placeKey({ network, netuid, address }: MinerHotkey): string {
  return `${network}/${String(netuid)}/${address}`;
}
