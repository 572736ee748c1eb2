import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { PayReplySchema } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { PayReply } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { StakeLimitSchema } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { planckIn, tokenOf } from '../amounts.js';
import { countArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { addPayingOptions, payBy } from '../paying.js';
import type { PayingOptions } from '../paying.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';

interface PlaceOptions extends PayingOptions {
  readonly wallet: string;
  readonly hotkey?: string;
  readonly netuid?: number;
  /** Basis points. */
  readonly slippage?: number;
}

interface TradeOptions extends PlaceOptions {
  readonly limitPrice?: string;
  readonly partial?: boolean;
}

interface AddOptions extends TradeOptions {
  readonly rewardsTo?: string;
}

interface MoveOptions extends PlaceOptions {
  readonly toHotkey?: string;
  readonly toNetuid?: number;
}

const NETWORK = ['<network>', 'name of the network'] as const;
const ALL = 'all';

/** Adds `stake add|remove|move`. */
export function addStakePaying(stake: Command, run: Runner): void {
  const adding = stake
    .command('add')
    .description('Stake on a hotkey, or bond. What would fail on the chain is refused before anything is paid.')
    .argument(...NETWORK)
    .argument('<amount>', 'of the base token, such as 10 or "10 TAO"');
  addTradeOptions(addPlaceOptions(adding))
    .option('--rewards-to <where>', 'of a first bond: staked, stash (the balance) or an address; else staked')
    .action(run(add));
  const removing = stake
    .command('remove')
    .description('Take stake off a hotkey, to the balance of the coldkey, or unbond, to be withdrawn later.')
    .argument(...NETWORK)
    .argument('<amount|all>', "of the stake's own token, or all of it");
  addTradeOptions(addPlaceOptions(removing)).action(run(remove));
  const moving = stake
    .command('move')
    .description('Move stake to another hotkey, or to another subnet.')
    .argument(...NETWORK)
    .argument('<amount|all>', "of the stake's own token, or all of it");
  addPlaceOptions(moving)
    .option('--to-hotkey <hotkey>', 'where to; else the same')
    .option('--to-netuid <netuid>', 'where to; else the same', countArgument)
    .action(run(move));
}

/** Reads a share such as `0.5%` to basis points. */
export function percentArgument(text: string): number {
  const read = /^(\d{1,2})(?:\.(\d{1,2}))? ?%?$/.exec(text.trim());
  if (read === null) throw new InvalidArgumentError('Expected a percentage with at most two decimals, such as 0.5%.');
  return Number(read[1]) * 100 + Number((read[2] ?? '').padEnd(2, '0'));
}

function addPlaceOptions(command: Command): Command {
  return addPayingOptions(
    command
      .option('--hotkey <hotkey>', 'wallet/hotkey, a hotkey of the wallet, or an address; where stake is a bond, none')
      .option('--netuid <netuid>', 'the subnet; where stake is not held by subnet, none', countArgument)
      .option('--slippage <percent>', 'the most that may be lost to slippage, such as 1%', percentArgument),
  );
}

function addTradeOptions(command: Command): Command {
  return command
    .option('--limit-price <amount>', "the worst price, of one of the stake's tokens in base tokens; not everywhere")
    .option('--partial', 'with --limit-price: trade the part that keeps to it');
}

async function add(call: Invocation, network: string, text: string, options: AddOptions): Promise<void> {
  const token = await tokenOf(call, network);
  const amountPlanck = planckIn(text, 'amount', token);
  const { rewardsTo = '' } = options;
  const limit = await limitOf(call, network, options);
  const request = { network, ...placeOf(options), amountPlanck, limit, rewardsTo };
  await payBy(call, network, options, async ({ stake }, pay) =>
    replyOf(await stake.addStake({ ...request, pay }, call.callOptions)),
  );
}

async function remove(call: Invocation, network: string, text: string, options: TradeOptions): Promise<void> {
  const amountPlanck = await stakeIn(call, network, text, options);
  const request = { network, ...placeOf(options), amountPlanck, limit: await limitOf(call, network, options) };
  await payBy(call, network, options, async ({ stake }, pay) =>
    replyOf(await stake.removeStake({ ...request, pay }, call.callOptions)),
  );
}

async function move(call: Invocation, network: string, text: string, options: MoveOptions): Promise<void> {
  const { toHotkey = '', toNetuid, slippage: slippageBp } = options;
  const amountPlanck = await stakeIn(call, network, text, options);
  const request = {
    ...{ network, ...placeOf(options), amountPlanck, toHotkey },
    ...(toNetuid === undefined ? {} : { toNetuid }),
    ...(slippageBp === undefined ? {} : { limit: { slippageBp } }),
  };
  await payBy(call, network, options, async ({ stake }, pay) =>
    replyOf(await stake.moveStake({ ...request, pay }, call.callOptions)),
  );
}

function placeOf({ hotkey = '', netuid }: PlaceOptions) {
  return { hotkey, ...(netuid === undefined ? {} : { netuid }) };
}

async function limitOf(
  call: Invocation,
  network: string,
  { slippage: slippageBp, limitPrice, partial = false }: TradeOptions,
): Promise<MessageInitShape<typeof StakeLimitSchema>> {
  const pricePlanck =
    limitPrice === undefined ? '' : planckIn(limitPrice, '--limit-price', await tokenOf(call, network));
  return { pricePlanck, partial, ...(slippageBp === undefined ? {} : { slippageBp }) };
}

/** An amount of stake; all that there is now, where that is meant. */
async function stakeIn(call: Invocation, network: string, text: string, options: PlaceOptions): Promise<string> {
  // Its symbol is the chain's affair: what is written behind the number would be the base token's.
  if (text !== ALL) return planckIn(text, 'amount', { ...(await tokenOf(call, network)), symbol: '' });
  const { wallet, hotkey = '', netuid = 0 } = options;
  const { stake } = await call.connect();
  const owner = { case: 'wallet', value: wallet } as const;
  const { positions, bond } = await stake.listStake({ network, owner, hotkey, netuid }, call.callOptions);
  // All of a bond, or of what is on one hotkey: without a hotkey, what is listed first is none that was meant.
  const amount = bond?.activePlanck ?? (hotkey === '' ? undefined : positions[0]?.amountPlanck) ?? '0';
  if (amount !== '0') return amount;
  throw usageError(
    'stake_too_low',
    `nothing is staked${hotkey === '' ? '' : ` on ${hotkey} there`}`,
    'See: headframe stake show. Where stake is on hotkeys, name one: --hotkey.',
  );
}

/** What a paying call was answered with. */
export function replyOf({ reply }: { readonly reply?: PayReply | undefined }): PayReply {
  return reply ?? create(PayReplySchema);
}
