import type { PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import type {
  AddStakeRequest,
  NominateRequest,
  RemoveStakeRequest,
} from '../../common/gen/headframe/v1/stake_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { hasEnded } from '../../common/model/intent.js';
import { chainLacks } from '../chain/network/readers/lacks.js';
import { bondChainOf, describeBond, prepareBond, stakeInvalid } from '../chain/stake/index.js';
import type { BondOperation, RewardsTo } from '../chain/stake/index.js';
import { coldkeyOf, meantAddress } from '../chain/wallets/index.js';
import { tokenOf } from './intent-views.js';
import { payOnce, walletIn } from './pay-once.js';
import type { Asked, StakePayingParts } from './pay-once.js';
import { amountOf } from './stake-wishes.js';

/** Somebody's calls on a bond. All throw what `prepareBond` and `payFor` throw, and invalid_argument by field. */
export interface Bonds {
  add(asked: AddStakeRequest): Promise<PayReply>;
  remove(asked: RemoveStakeRequest): Promise<PayReply>;
  withdraw(): Promise<PayReply>;
  nominate(asked: NominateRequest): Promise<PayReply>;
}

/** As many as one request may name; chains take fewer. */
const MOST_VALIDATORS = 64;

/** Undefined on a chain whose stake is not bonds. Throws not_found ('network_not_found'). */
export function bondsIn(parts: StakePayingParts, asked: Asked): Bonds | undefined {
  const chain = parts.networks.find(asked.network);
  const able = bondChainOf(chain);
  if (able === undefined) return undefined;
  const pay = (operation: BondOperation): Promise<PayReply> => {
    const { tokenSymbol: symbol, decimals } = tokenOf(parts.networks, asked.network);
    const token = { symbol, decimals };
    const coldkey = coldkeyOf(walletIn(parts, asked));
    const payer = { coldkey, token, bondOpen: isBondOpen(parts, asked.network, coldkey) };
    return payOnce(parts, asked, describeBond(operation, token), () => prepareBond(chain, operation, able, payer));
  };
  return {
    add: async (wish) => {
      requireBare(wish);
      return pay({ kind: 'add', amount: amountOf(wish), rewardsTo: await rewardsToOf(wish.rewardsTo) });
    },
    remove: async (wish) => {
      requireBare(wish);
      return pay({ kind: 'remove', amount: amountOf(wish) });
    },
    withdraw: () => pay({ kind: 'withdraw' }),
    nominate: async ({ validators }) => pay({ kind: 'nominate', validators: await validatorsOf(validators) }),
  };
}

/** Throws `HeadframeError` (failed_precondition, 'chain_lacks') where there are no bonds. */
export function requireBonds(parts: StakePayingParts, asked: Asked): Bonds {
  const bonds = bondsIn(parts, asked);
  if (bonds !== undefined) return bonds;
  throw chainLacks(asked.network, 'bonds: its stake is not that of the pallet Staking');
}

/** A bond is on nobody that it could be moved from. */
export function bondsStay(network: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'chain_lacks',
    message: `stake on the network ${network} is a bond of the coldkey itself, which cannot be moved`,
    remedy: `Nominate others: headframe stake nominate ${network} ADDRESS; or remove it and bond it with another wallet.`,
    metadata: { network, class: 'never' },
  });
}

/** A bond that is under way is one that is added to by the time the next call is carried out. */
function isBondOpen({ fleet }: StakePayingParts, network: string, coldkey: string): boolean {
  for (const intent of fleet.intents()) {
    const { pallet, method } = intent.call;
    if (intent.network !== network || pallet !== 'staking' || method !== 'bond' || hasEnded(intent)) continue;
    if ((intent.real ?? intent.signer) === coldkey) return true;
  }
  return false;
}

/** Nothing is said that is about hotkeys, subnets and prices. */
function requireBare({ hotkey, netuid, limit }: AddStakeRequest | RemoveStakeRequest): void {
  const remedy = 'Leave it out.';
  if (hotkey !== '') {
    const expected = 'nothing: stake is a bond of the coldkey itself on this chain';
    throw stakeInvalid({ path: 'hotkey', value: hotkey.slice(0, 80), expected, remedy });
  }
  if (netuid !== undefined && netuid !== 0)
    throw stakeInvalid({ path: 'netuid', value: String(netuid), expected: 'nothing: there are no subnets', remedy });
  if (limit?.slippageBp !== undefined || (limit !== undefined && limit.pricePlanck !== ''))
    throw stakeInvalid({ path: 'limit', expected: 'nothing: bonds have no price', remedy });
}

async function rewardsToOf(text: string): Promise<RewardsTo | undefined> {
  if (text === '') return undefined;
  if (text === 'staked' || text === 'stash') return text;
  return { account: await meantAddress(text, 'rewards_to') };
}

async function validatorsOf(said: readonly string[]): Promise<readonly string[]> {
  if (said.length > MOST_VALIDATORS)
    throw stakeInvalid({ path: 'validators', expected: `at most ${String(MOST_VALIDATORS)} addresses` });
  const validators = await Promise.all(said.map((text, at) => meantAddress(text, `validators[${String(at)}]`)));
  const twice = validators.find((one, at) => validators.indexOf(one) !== at);
  if (twice === undefined) return validators;
  throw stakeInvalid({ path: 'validators', value: twice, expected: 'each of them once' });
}
