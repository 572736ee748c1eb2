import { HeadframeError } from '../../../common/model/error.js';
import type { FieldViolation } from '../../../common/model/error.js';
import type { RetryClass } from '../../../common/model/intent.js';
import { formatPlanck } from '../../../common/model/token-amount.js';

/** How a token is called and divided; its symbol is empty where nobody says. */
export interface Token {
  readonly symbol: string;
  readonly decimals?: number | undefined;
}

/** Why an operation on stake was refused before anything was paid, each with its retry class. */
export type StakeRefusal =
  | 'hotkey_not_registered'
  | 'balance_too_low'
  | 'stake_too_low'
  | 'stake_below_minimum'
  | 'slippage_too_high'
  | 'slippage_unknown';

const CLASSES: Readonly<Record<StakeRefusal, RetryClass>> = {
  hotkey_not_registered: 'pruned',
  balance_too_low: 'money',
  stake_too_low: 'amount',
  stake_below_minimum: 'amount',
  slippage_too_high: 'requote',
  slippage_unknown: 'switch_path',
};

/** Refuses what is asked for, by field. */
export function stakeInvalid(violation: FieldViolation): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'stake_invalid',
    message: `${violation.path} should be ${violation.expected}`,
    remedy: violation.remedy ?? 'Correct it and ask again; nothing was paid.',
    violations: [violation],
    metadata: { class: 'never' },
  });
}

/** Nobody has registered the hotkey, so that the chain has no account of it to stake on. */
export function hotkeyNotRegistered(hotkey: string, path: string): HeadframeError {
  const message = `the chain knows no hotkey ${hotkey}: it was never registered in any of its subnets`;
  const remedy = 'Register the hotkey first, or check the address.';
  return refused(
    'hotkey_not_registered',
    { message, remedy },
    { path, value: hotkey, expected: 'a registered hotkey' },
  );
}

/** The account that pays holds less than is to be staked. */
export function balanceTooLow(
  { free, amount, coldkey }: { readonly free: bigint; readonly amount: bigint; readonly coldkey: string },
  token: Token,
): HeadframeError {
  const message = `${coldkey} can spend ${formatPlanck(free, token)}, and ${formatPlanck(amount, token)} are to be staked`;
  const remedy = 'Fund the account, or stake less; the fee comes on top.';
  const expected = `at most ${String(free)}`;
  return refused('balance_too_low', { message, remedy }, { path: 'amount', value: String(amount), expected });
}

/** There is less stake than is to be taken away. */
export function stakeTooLow(has: bigint, amount: bigint, hotkey: string): HeadframeError {
  const message = `the stake on ${hotkey} is ${String(has)}, and ${String(amount)} are to be taken away (smallest unit)`;
  const remedy = has === 0n ? 'See where there is stake: headframe stake show.' : 'Take less, or all of it.';
  const expected = `at most ${String(has)}`;
  return refused('stake_too_low', { message, remedy }, { path: 'amount', value: String(amount), expected });
}

/** The chain takes no such small amount. */
export function stakeBelowMinimum(least: bigint, worth: bigint, token: Token): HeadframeError {
  const message = `the chain takes no less than ${formatPlanck(least, token)}; this is worth ${formatPlanck(worth, token)}`;
  const remedy = 'Choose a larger amount.';
  const expected = `worth at least ${String(least)}`;
  return refused('stake_below_minimum', { message, remedy }, { path: 'amount', value: String(worth), expected });
}

/** The trade would move the price further than was allowed. Basis points: hundredths of a per cent. */
export function slippageTooHigh(expectedBp: number, allowedBp: number): HeadframeError {
  const message = `the trade would lose ${percent(expectedBp)} to slippage, and ${percent(allowedBp)} were allowed`;
  const remedy = 'Trade less at a time, wait for a deeper pool, or allow more.';
  const expected = `a trade that loses at most ${percent(allowedBp)}`;
  return refused('slippage_too_high', { message, remedy }, { path: 'slippage', value: percent(expectedBp), expected });
}

/** Nobody can say what the trade would lose, and the chain keeps to no price. */
export function slippageUnknown(network: string): HeadframeError {
  const message = `the network ${network} tells no price of this stake, so that no slippage can be kept to`;
  const remedy = 'Leave the limit out to trade at whatever price there is.';
  return refused('slippage_unknown', { message, remedy }, { path: 'slippage', expected: 'nothing on this chain' });
}

function percent(bp: number): string {
  return `${(bp / 100).toFixed(2)} %`;
}

function refused(
  reason: StakeRefusal,
  said: { readonly message: string; readonly remedy: string },
  violation: FieldViolation,
): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    ...{ reason, ...said },
    violations: [violation],
    metadata: { class: CLASSES[reason] },
  });
}
