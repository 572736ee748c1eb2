import { chainAway } from '../network/refusals.js';
import type { Chain } from '../port.js';
import { refusalOf } from './judge.js';
import type { StakeTerms } from './judge.js';
import { observeStake } from './observe.js';
import type { StakeObserved } from './observe.js';
import type { StakeOperation } from './operation.js';
import { limitPriceOf } from './quote.js';
import { stakeCallOf } from './stake-call.js';
import type { StakeCall, StakeChain } from './stake-call.js';

/** An operation that nothing speaks against, as a call that can be paid, and what it was judged by. */
export interface PreparedStake extends StakeCall {
  readonly observed: StakeObserved;
}

/**
 * Judges an operation by the chain and gives its call, with a worst price where the chain keeps to one. Throws `HeadframeError`:
 * what `stakeCallOf` and `Chain.read` throw, not_found ('subnet_not_found'), and failed_precondition (each `StakeRefusal`).
 */
export async function prepareStake(
  chain: Chain,
  operation: StakeOperation,
  terms: Omit<StakeTerms, 'network'>,
): Promise<PreparedStake> {
  const able = stakeChainOf(chain);
  // What the chain cannot do it is not asked about.
  stakeCallOf(operation, able);
  const observed = await observeStake(chain, operation, terms.coldkey);
  const refusal = refusalOf(operation, observed, { ...terms, network: chain.network });
  if (refusal !== undefined) throw refusal;
  return { ...stakeCallOf(limited(operation, observed, able, terms.slippageBp), able), observed };
}

/** What of a chain decides about stake. Throws `HeadframeError` (unavailable 'chain_away') before it was met. */
export function stakeChainOf({ network, capabilities }: Chain): StakeChain {
  if (capabilities === undefined) throw chainAway(network, 'it was not connected to yet');
  const { kind, dynamicTao, limitedStake } = capabilities;
  return { network, kind, dynamicTao, limitedStake };
}

/** With the allowed slippage as a limit of the price, where there is a price and the chain keeps to a limit. Pure. */
function limited(
  operation: StakeOperation,
  { quote }: StakeObserved,
  { dynamicTao, limitedStake }: StakeChain,
  slippageBp: number | undefined,
): StakeOperation {
  if (operation.kind === 'move' || operation.limit !== undefined) return operation;
  if (slippageBp === undefined || quote === undefined || !dynamicTao || !limitedStake) return operation;
  const side = operation.kind === 'add' ? 'buy' : 'sell';
  return { ...operation, limit: { price: limitPriceOf(quote.price, side, slippageBp), partial: false } };
}
