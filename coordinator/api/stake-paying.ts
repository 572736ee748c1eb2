import type { PayOptions, PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import type { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { describeStake, prepareStake, stakeChainOf } from '../chain/stake/index.js';
import type { HotkeyPlace, StakeOperation } from '../chain/stake/index.js';
import { coldkeyOf, meantHotkey } from '../chain/wallets/index.js';
import { tokenOf } from './intent-views.js';
import { keptWallets } from './kept-wallets.js';
import type { HandlerParts } from './parts.js';
import { payFor } from './paying.js';
import type { PayingParts } from './paying.js';
import { amountOf, netuidOf, termsOf } from './stake-wishes.js';

type Service = ServiceImplementation<typeof StakeService>;
type Parts = PayingParts & Pick<HandlerParts, 'fleet' | 'wallets'>;
type Paying = Pick<Service, 'addStake' | 'removeStake' | 'moveStake'>;

/** Who asks to pay, where. */
interface Asked {
  readonly network: string;
  readonly pay?: PayOptions | undefined;
}

/** Handlers of what moves stake. */
export function stakePayingHandlers(parts: Parts): Paying {
  return {
    addStake: async (asked) => {
      const { limit, slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const to = await placeIn(parts, asked);
      return { reply: await pay(parts, asked, { kind: 'add', to, amount, limit }, slippageBp) };
    },
    removeStake: async (asked) => {
      const { limit, slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const from = await placeIn(parts, asked);
      return { reply: await pay(parts, asked, { kind: 'remove', from, amount, limit }, slippageBp) };
    },
    moveStake: async (asked) => {
      const { slippageBp } = termsOf(asked.limit);
      const amount = amountOf(asked);
      const from = await placeIn(parts, asked);
      const hotkey = asked.toHotkey === '' ? from.hotkey : await hotkeyIn(parts, asked, asked.toHotkey, 'to_hotkey');
      const to = { hotkey, netuid: asked.toNetuid ?? from.netuid };
      return { reply: await pay(parts, asked, { kind: 'move', from, to, amount }, slippageBp) };
    },
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
  return (await meantHotkey(parts.fleet, text, { wallet: walletIn(parts, asked), path })).address;
}

function walletIn(parts: Parts, { pay: options }: Asked): WalletRecord {
  return keptWallets(parts).get(options?.wallet ?? '');
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
  const before = sameBefore(parts, asked, purpose);
  // Once it is done, the chain would speak against doing it a second time, which nobody asks for.
  const { call, amount } = before ?? (await preparedCall());
  return payFor(parts, asked.pay, { network: asked.network, call, amount, purpose });

  async function preparedCall() {
    const prepared = await prepareStake(chain, operation, terms);
    return { call: prepared.call, amount: prepared.spends };
  }
}

/** The call that was made of the same wish under the same key. */
function sameBefore({ fleet }: Parts, { network, pay: options }: Asked, purpose: string) {
  const key = options?.key ?? '';
  if (key === '') return undefined;
  for (const intent of fleet.intents())
    if (intent.key === key && intent.network === network && intent.purpose === purpose)
      return { call: intent.call, amount: BigInt(intent.amount) };
  return undefined;
}
