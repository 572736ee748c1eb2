import type { PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import type { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { describeStake, prepareStake, stakeChainOf, stakeInvalid } from '../chain/stake/index.js';
import type { HotkeyPlace, StakeOperation } from '../chain/stake/index.js';
import { coldkeyOf, meantHotkey } from '../chain/wallets/index.js';
import { tokenOf } from './intent-views.js';
import { bondsIn, bondsStay, requireBonds } from './bond-paying.js';
import { payOnce, walletIn } from './pay-once.js';
import type { Asked, StakePayingParts as Parts } from './pay-once.js';
import { amountOf, netuidOf, termsOf } from './stake-wishes.js';

type Service = ServiceImplementation<typeof StakeService>;
type Paying = Pick<Service, 'addStake' | 'removeStake' | 'moveStake' | 'withdrawStake' | 'nominate'>;

/** Handlers of what moves stake. */
export function stakePayingHandlers(parts: Parts): Paying {
  return {
    addStake: async (asked) => {
      const bonds = bondsIn(parts, asked);
      if (bonds !== undefined) return { reply: await bonds.add(asked) };
      requireNoRewards(asked);
      const { limit, slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const to = await placeIn(parts, asked);
      return { reply: await pay(parts, asked, { kind: 'add', to, amount, limit }, slippageBp) };
    },
    removeStake: async (asked) => {
      const bonds = bondsIn(parts, asked);
      if (bonds !== undefined) return { reply: await bonds.remove(asked) };
      const { limit, slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const from = await placeIn(parts, asked);
      return { reply: await pay(parts, asked, { kind: 'remove', from, amount, limit }, slippageBp) };
    },
    moveStake: async (asked) => {
      if (bondsIn(parts, asked) !== undefined) throw bondsStay(asked.network);
      const { slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const from = await placeIn(parts, asked);
      const hotkey = asked.toHotkey === '' ? from.hotkey : await hotkeyIn(parts, asked, asked.toHotkey, 'to_hotkey');
      const to = { hotkey, netuid: asked.toNetuid ?? from.netuid };
      return { reply: await pay(parts, asked, { kind: 'move', from, to, amount }, slippageBp) };
    },
    withdrawStake: async (asked) => ({ reply: await requireBonds(parts, asked).withdraw() }),
    nominate: async (asked) => ({ reply: await requireBonds(parts, asked).nominate(asked) }),
  };
}

async function placeIn(
  parts: Parts,
  asked: Asked & { readonly hotkey: string; readonly netuid?: number | undefined },
): Promise<HotkeyPlace> {
  const netuid = netuidOf(stakeChainOf(parts.networks.find(asked.network)), asked.netuid);
  return { hotkey: await hotkeyIn(parts, asked, asked.hotkey, 'hotkey'), netuid };
}

async function hotkeyIn(parts: Parts, asked: Asked, text: string, path: string): Promise<string> {
  if (text === '') throw stakeInvalid({ path, expected: 'the hotkey that is staked on', remedy: 'Name it: --hotkey.' });
  return (await meantHotkey(parts.fleet, text, { wallet: walletIn(parts, asked), path })).address;
}

/** Where rewards go is the chain's affair, or that of a policy. */
function requireNoRewards({ rewardsTo }: { readonly rewardsTo: string }): void {
  if (rewardsTo === '') return;
  const expected = 'nothing: on this chain rewards are staked on the hotkey';
  throw stakeInvalid({ path: 'rewards_to', value: rewardsTo.slice(0, 80), expected, remedy: 'Leave it out.' });
}

async function pay(
  parts: Parts,
  asked: Asked,
  operation: StakeOperation,
  slippageBp: number | undefined,
): Promise<PayReply> {
  const chain = parts.networks.find(asked.network);
  const { tokenSymbol: symbol, decimals } = tokenOf(parts.networks, asked.network);
  const token = { symbol, decimals };
  const purpose = describeStake(operation, token, slippageBp);
  const terms = { coldkey: coldkeyOf(walletIn(parts, asked)), token, slippageBp };
  return payOnce(parts, asked, purpose, () => prepareStake(chain, operation, terms));
}
