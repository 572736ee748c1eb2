import { create, toBinary } from '@bufbuild/protobuf';
import { RewardEntrySchema } from '../../common/gen/headframe/v1/rewards_service_pb.js';
import type { RewardFilter, RewardsService } from '../../common/gen/headframe/v1/rewards_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { followSubnet, lackOfSubnets, ledgerEntries, ledgerKey, totalsOf } from '../chain/index.js';
import type { LedgerEntry, RewardQuery } from '../chain/index.js';
import type { FleetReader } from '../fleet/port.js';
import { readDurably } from './durably.js';
import { findMiner } from './find.js';
import { hotkeyOfMiner } from './miner-hotkeys.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import { RewardViews } from './reward-views.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'metagraphs'>;

/** The service of what hotkeys earn. */
export function rewardsService(parts: Parts): ServiceImplementation<typeof RewardsService> {
  const { fleet, metagraphs } = parts;
  return {
    listRewards: async ({ filter }) => {
      const { value } = await readDurably(fleet, () => {
        const views = new RewardViews(parts);
        const totals = totalsOf(ledgerEntries(fleet.rewards(), queryOf(fleet, filter)));
        return totals.map((total) => views.total(total));
      });
      return { totals: value };
    },
    listRewardEntries: async ({ filter, ...page }) => {
      const { value } = await readDurably(fleet, () => {
        const views = new RewardViews(parts);
        const query = queryOf(fleet, filter);
        return takePage(page, {
          list: 'rewards',
          after: (key) => ledgerEntries(fleet.rewards(), query, key),
          keyOf: ledgerKey,
          toItem: (entry: LedgerEntry) => create(RewardEntrySchema, views.entry(entry)),
          bytesOf: (entry) => toBinary(RewardEntrySchema, entry).length,
        });
      });
      return { entries: [...value.items], nextPageToken: value.next };
    },
    listFollowedSubnets: () => {
      const views = new RewardViews(parts);
      return Promise.resolve({ subnets: metagraphs.followed().map((subnet) => views.followed(subnet)) });
    },
    followSubnet: async ({ network, netuid, follow }) => {
      const lack = follow ? lackOfSubnets(parts.networks.find(network)) : undefined;
      if (lack !== undefined) throw lack;
      await fleet.transact((tx) => {
        followSubnet(tx, network, netuid, follow);
      }).durable;
      return {};
    },
  };
}

function queryOf(fleet: FleetReader, filter: RewardFilter | undefined): RewardQuery {
  const { network = '', netuid, sinceMs = 0n, untilMs = 0n } = filter ?? {};
  return {
    ...{ network: network || undefined, netuid, sinceMs: Number(sinceMs) },
    untilMs: untilMs === 0n ? Infinity : Number(untilMs),
    ...whoseOf(fleet, filter),
  };
}

function whoseOf(fleet: FleetReader, filter: RewardFilter | undefined): Pick<RewardQuery, 'hotkeys'> {
  const { wallet = '', hotkey = '', miner = '' } = filter ?? {};
  if (miner !== '') return ofMiner(fleet, miner);
  if (wallet === '' && hotkey === '') return { hotkeys: undefined };
  return { hotkeys: addressesOf([...fleet.wallets()], wallet, hotkey) };
}

/** That of its own hotkey, in its own subnet. */
function ofMiner(fleet: FleetReader, name: string): Pick<RewardQuery, 'network' | 'netuid' | 'hotkeys'> {
  const found = hotkeyOfMiner(fleet, findMiner(fleet, name));
  if (found === undefined) throw notFound('hotkey', name, 'The miner is for no subnet, or its hotkey is in no wallet.');
  return { network: found.network, netuid: found.netuid, hotkeys: new Set([found.address]) };
}

/** What was earned by hotkeys that no wallet has any more is found by their addresses. */
function addressesOf(wallets: readonly WalletRecord[], wallet: string, hotkey: string): ReadonlySet<string> {
  const meant = wallets.filter(({ name }) => wallet === '' || name === wallet);
  if (meant.length === 0 && wallet !== '') throw notFound('wallet', wallet, 'headframe wallets ls shows all.');
  const hotkeys = meant.flatMap((record) => record.hotkeys);
  const found = hotkeys.filter(({ name, address }) => hotkey === '' || name === hotkey || address === hotkey);
  if (found.length > 0 || hotkey === '') return new Set(found.map(({ address }) => address));
  if (wallet === '' && hotkey.length > 40) return new Set([hotkey]);
  throw notFound('hotkey', hotkey, 'headframe wallets show NAME shows its hotkeys; addresses are found as well.');
}

function notFound(what: 'wallet' | 'hotkey', name: string, remedy: string): HeadframeError {
  const violations = [{ path: `filter.${what}`, value: name.slice(0, 100), expected: `a ${what} that is there` }];
  const message = `there is no ${what} ${name.slice(0, 100)}`;
  return new HeadframeError({ code: 'not_found', reason: `${what}_not_found`, message, remedy, violations });
}
