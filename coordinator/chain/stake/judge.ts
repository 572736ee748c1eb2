import type { HeadframeError } from '../../../common/model/error.js';
import { subnetNotFound } from '../network/readers/subnets.js';
import type { StakeObserved } from './observe.js';
import type { StakeOperation } from './operation.js';
import { slippageBp } from './quote.js';
import {
  balanceTooLow,
  hotkeyNotRegistered,
  slippageTooHigh,
  slippageUnknown,
  stakeBelowMinimum,
  stakeTooLow,
} from './refusals.js';
import type { Token } from './refusals.js';

/** Who pays, where, and what may be lost. */
export interface StakeTerms {
  readonly network: string;
  readonly coldkey: string;
  readonly token: Token;
  /** The most that may be lost to slippage, in basis points; undefined for whatever it is. */
  readonly slippageBp?: number | undefined;
}

/**
 * Why an operation would fail, or is not wanted as the chain stands: `subnet_not_found`, or a `StakeRefusal`; undefined where
 * nothing speaks against it. Pure.
 */
export function refusalOf(
  operation: StakeOperation,
  observed: StakeObserved,
  terms: StakeTerms,
): HeadframeError | undefined {
  const { missingNetuid, unknownHotkey, least, worth } = observed;
  if (missingNetuid !== undefined) return subnetNotFound(terms.network, missingNetuid);
  if (unknownHotkey && operation.kind !== 'remove')
    return hotkeyNotRegistered(operation.to.hotkey, operation.kind === 'move' ? 'to_hotkey' : 'hotkey');
  const short = shortage(operation, observed, terms);
  if (short !== undefined) return short;
  if (least !== undefined && worth !== undefined && worth < least) return stakeBelowMinimum(least, worth, terms.token);
  return slippageRefusal(observed, terms);
}

function shortage(
  operation: StakeOperation,
  { free, stake }: StakeObserved,
  { coldkey, token }: StakeTerms,
): HeadframeError | undefined {
  const { kind, amount } = operation;
  if (kind === 'add') return free < amount ? balanceTooLow({ free, amount, coldkey }, token) : undefined;
  return stake < amount ? stakeTooLow(stake, amount, operation.from.hotkey) : undefined;
}

function slippageRefusal(
  { quote }: StakeObserved,
  { slippageBp: allowed, network }: StakeTerms,
): HeadframeError | undefined {
  if (allowed === undefined) return undefined;
  if (quote === undefined) return slippageUnknown(network);
  const expected = slippageBp(quote);
  return expected > allowed ? slippageTooHigh(expected, allowed) : undefined;
}
