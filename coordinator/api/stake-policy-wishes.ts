import { z } from 'zod';
import type { StakeLoss, StakePolicy, StakeRewards } from '../../common/gen/headframe/v1/stake_policy_pb.js';
import { StakeGoal } from '../../common/gen/headframe/v1/stake_policy_pb.js';
import { PRIORITY_RANGE } from '../../common/model/priority.js';
import { nameField } from '../../common/model/manifest/texts.js';
import type { StakePolicySpec } from '../../common/model/stake-policy.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { stakeCallOf, stakeChainOf } from '../chain/stake/index.js';
import type { HotkeyPlace, StakeChain } from '../chain/stake/index.js';
import { meantHotkey } from '../chain/wallets/index.js';
import { checked } from './checked.js';
import { keptWallets } from './kept-wallets.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';
import { netuidOf, planckField, slippageField } from './stake-wishes.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'wallets'>;

/** Of slippage, in basis points, unless somebody says otherwise. */
const SLIPPAGE_BP = 100;
/** Fills that slippage leaves a little short of the target are left alone. */
const MINIMUM_PERCENT = 95n;
const LEAST_DARK_MS = 60_000;

const optionalPlanck = z.union([z.literal(''), planckField]);
const policySchema = z.object({
  name: nameField,
  targetPlanck: planckField,
  minimumPlanck: optionalPlanck,
  reservePlanck: optionalPlanck,
  slippageBp: slippageField.optional(),
});
const MOST_BANDS = 10;
const bandsSchema = z.object({
  priorities: z
    .array(
      z.object({
        atLeastPlanck: planckField.refine((text) => BigInt(text) > 0n, 'above zero'),
        priority: z.int().min(PRIORITY_RANGE.min).max(PRIORITY_RANGE.max),
      }),
    )
    .max(MOST_BANDS, `at most ${String(MOST_BANDS)} of them`),
});
const thresholdSchema = z.object({ thresholdPlanck: planckField.refine((text) => BigInt(text) > 0n, 'above zero') });
const darkSchema = z.object({
  darkAfterMs: z.union([z.literal(0), z.int().min(LEAST_DARK_MS, 'at least 1m, or 0 for never')]),
});

/**
 * A policy as it is asked for, with what it names looked up. Throws `HeadframeError`: invalid_argument ('request_invalid',
 * 'address_invalid', 'stake_invalid'), not_found ('network_not_found', 'wallet_not_found', 'hotkey_not_found'),
 * failed_precondition ('chain_lacks', 'secrets_need_tls'), unavailable ('chain_away') where the chain was never met.
 */
export async function policyWish(parts: Parts, asked: StakePolicy): Promise<StakePolicySpec> {
  const said = checked(policySchema, asked);
  const { network, wallet } = asked;
  const chain = stakeChainOf(parts.networks.find(network));
  const hotkeyIn = hotkeysOf(parts, wallet);
  const place = { hotkey: await hotkeyIn(asked.hotkey, 'hotkey'), netuid: netuidOf(chain, asked.netuid) };
  // What the chain cannot do, nobody need wait for.
  stakeCallOf({ kind: 'add', to: place, amount: 1n }, chain);
  return {
    ...{ name: said.name, network, wallet, ...place, target: said.targetPlanck },
    minimum: minimumOf(said),
    reserve: said.reservePlanck || '0',
    slippageBp: said.slippageBp ?? SLIPPAGE_BP,
    rewards: await rewardsOf(asked.rewards, { chain, place, hotkeyIn }),
    ...(await lossOf(asked.loss, { chain, place, hotkeyIn })),
    ...bandsOf(asked),
  };
}

interface Ground {
  readonly chain: StakeChain;
  readonly place: HotkeyPlace;
  readonly hotkeyIn: (text: string, path: string) => Promise<string>;
}

function hotkeysOf(parts: Parts, name: string): Ground['hotkeyIn'] {
  const wallet = keptWallets(parts).get(name);
  return async (text, path) => (await meantHotkey(parts.fleet, text, { wallet, path })).address;
}

function minimumOf({ targetPlanck, minimumPlanck }: z.infer<typeof policySchema>): string {
  if (minimumPlanck === '') return String((BigInt(targetPlanck) * MINIMUM_PERCENT) / 100n);
  if (BigInt(minimumPlanck) <= BigInt(targetPlanck)) return minimumPlanck;
  throw invalidRequest({
    path: 'minimum_planck',
    value: minimumPlanck,
    expected: `at most ${targetPlanck}, the target`,
  });
}

function bandsOf(asked: StakePolicy): Pick<StakePolicySpec, 'priorities'> {
  const bands = checked(bandsSchema, asked).priorities.map(({ atLeastPlanck, priority }) => ({
    ...{ atLeast: atLeastPlanck, priority },
  }));
  if (bands.length === 0) return {};
  const rising = bands.every(({ atLeast, priority }, at) => {
    const below = bands[at - 1];
    return below === undefined || (BigInt(atLeast) > BigInt(below.atLeast) && priority > below.priority);
  });
  if (rising) return { priorities: bands };
  const value = bands.map(({ atLeast, priority }) => `${atLeast}=${String(priority)}`).join(', ');
  throw invalidRequest({ path: 'priorities', value, expected: 'more stake and a higher priority with each' });
}

async function rewardsOf(
  rewards: StakeRewards | undefined,
  { chain, place, hotkeyIn }: Ground,
): Promise<StakePolicySpec['rewards']> {
  if (rewards === undefined || rewards.goal <= StakeGoal.STAY) return { to: 'keep' };
  const threshold = checked(thresholdSchema, rewards).thresholdPlanck;
  if (rewards.goal === StakeGoal.SELL) return { to: 'sell', threshold };
  const hotkey = rewards.hotkey === '' ? place.hotkey : await hotkeyIn(rewards.hotkey, 'rewards.hotkey');
  const to = { hotkey, netuid: rewards.netuid ?? place.netuid };
  stakeCallOf({ kind: 'move', from: place, to, amount: 1n }, chain);
  return { to: 'move', ...to, threshold };
}

async function lossOf(
  loss: StakeLoss | undefined,
  { chain, place, hotkeyIn }: Ground,
): Promise<Pick<StakePolicySpec, 'onLoss' | 'darkAfterMs'>> {
  if (loss === undefined || loss.goal <= StakeGoal.STAY) return { onLoss: { to: 'stay' } };
  const { darkAfterMs } = checked(darkSchema, { darkAfterMs: numberFromWire(loss.darkAfterMs, 'loss.dark_after_ms') });
  const dark = darkAfterMs === 0 ? {} : { darkAfterMs };
  if (loss.goal === StakeGoal.SELL) return { onLoss: { to: 'sell' }, ...dark };
  const hotkey = await hotkeyIn(loss.hotkey, 'loss.hotkey');
  stakeCallOf({ kind: 'move', from: place, to: { ...place, hotkey }, amount: 1n }, chain);
  return { onLoss: { to: 'move', hotkey }, ...dark };
}
