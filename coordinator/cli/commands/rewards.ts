import type { MessageInitShape } from '@bufbuild/protobuf';
import { Option } from 'commander';
import type { Command } from 'commander';
import {
  FollowSubnetResponseSchema,
  ListFollowedSubnetsResponseSchema,
  ListRewardsResponseSchema,
  RewardEntrySchema,
} from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import type { RewardEntry, RewardFilterSchema } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import { countArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { toPlain } from '../output/plain.js';
import { PAGE_SIZE } from '../paging.js';
import type { Registrar } from '../runner.js';
import { REWARD_COLUMNS, followedView, rewardLine, rewardsView } from '../views/rewards.js';
import { momentOf, whenArgument } from '../when.js';
import type { When } from '../when.js';

interface FilterOptions {
  readonly network?: string;
  readonly netuid?: number;
  readonly wallet?: string;
  readonly hotkey?: string;
  readonly miner?: string;
  readonly since?: When;
  readonly until?: When;
}

interface ExportOptions extends FilterOptions {
  readonly format: 'csv' | 'json';
}

/** `rewards ls|export|subnets|follow`. */
export const addRewards: Registrar = (program, run) => {
  const rewards = program
    .command('rewards')
    .description('See what hotkeys earn on chains: stake that anybody moved is never counted as earned.');
  const list = rewards
    .command('ls')
    .description(
      'List what each hotkey earned in each subnet, in its token, and what that was worth before and after slippage.',
    );
  addFilter(list).action(run(listRewards));
  const exporting = rewards
    .command('export')
    .description('Print every entry of the ledger, one for each hotkey and tempo.')
    .addOption(new Option('--format <format>', 'form of the entries').choices(['csv', 'json']).default('csv'));
  addFilter(exporting).action(run(exportRewards));
  rewards
    .command('subnets')
    .description('List the subnets that are read once a tempo: why, when each was read last, and when it is next.')
    .action(run(listSubnets));
  rewards
    .command('follow')
    .description('Have a subnet read once a tempo though no hotkey of a wallet is registered in it.')
    .argument('<network>', 'name of the network')
    .argument('<netuid>', 'the subnet', countArgument)
    .option('--stop', 'no longer, unless a hotkey is registered in it')
    .action(run(follow));
};

function addFilter(command: Command): Command {
  return command
    .option('--network <network>', 'only on this network')
    .option('--netuid <netuid>', 'only in this subnet', countArgument)
    .option('--wallet <wallet>', 'only of hotkeys of this wallet')
    .option('--hotkey <hotkey>', 'only of this hotkey, by name or address')
    .option('--miner <miner>', 'only of the hotkey of this module miner, in its subnet')
    .option('--since <when>', 'only read since then, so long ago, such as 24h, or 2026-05-01T12:00:00Z', whenArgument)
    .option('--until <when>', 'only read until then, written alike', whenArgument);
}

async function listRewards(call: Invocation, options: FilterOptions): Promise<void> {
  const { rewards } = await call.connect();
  const response = await rewards.listRewards({ filter: filterOf(call, options) }, call.callOptions);
  await call.printer.message(ListRewardsResponseSchema, response, (viewing) => rewardsView(response.totals, viewing));
}

async function exportRewards(call: Invocation, { format, ...options }: ExportOptions): Promise<void> {
  const filter = filterOf(call, options);
  const { rewards } = await call.connect();
  await call.printer.text(format === 'csv' ? `${REWARD_COLUMNS.join(',')}\n` : '[');
  let isFirst = true;
  let pageToken = '';
  do {
    const page = await rewards.listRewardEntries({ filter, pageSize: PAGE_SIZE, pageToken }, call.callOptions);
    for (const entry of page.entries) {
      await call.printer.text(format === 'csv' ? rewardLine(entry) : `${isFirst ? '' : ','}\n  ${jsonOf(entry)}`);
      isFirst = false;
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  if (format === 'json') await call.printer.text(isFirst ? ']\n' : '\n]\n');
}

function jsonOf(entry: RewardEntry): string {
  return JSON.stringify(toPlain(RewardEntrySchema, entry));
}

async function listSubnets(call: Invocation): Promise<void> {
  const { rewards } = await call.connect();
  const response = await rewards.listFollowedSubnets({}, call.callOptions);
  await call.printer.message(ListFollowedSubnetsResponseSchema, response, (viewing) =>
    followedView(response.subnets, viewing),
  );
}

async function follow(
  call: Invocation,
  network: string,
  netuid: number,
  { stop = false }: { readonly stop?: boolean },
): Promise<void> {
  const { rewards } = await call.connect();
  const response = await rewards.followSubnet({ network, netuid, follow: !stop }, call.callOptions);
  const text = `subnet ${String(netuid)} of ${network} is ${stop ? 'no longer read for its own sake' : 'read once a tempo'}`;
  await call.printer.message(FollowSubnetResponseSchema, response, () => [{ kind: 'text', text }]);
}

function filterOf(
  call: Invocation,
  { network = '', netuid, wallet = '', hotkey = '', miner = '', since, until }: FilterOptions,
): MessageInitShape<typeof RewardFilterSchema> {
  const nowMs = call.world.clock.nowMs();
  return {
    ...{ network, wallet, hotkey, miner, sinceMs: momentOf(since, nowMs), untilMs: momentOf(until, nowMs) },
    ...(netuid === undefined ? {} : { netuid }),
  };
}
