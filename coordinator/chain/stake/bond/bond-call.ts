import type { ChainCall, JsonValue } from '../../../../common/model/intent.js';
import { chainLacks } from '../../network/readers/lacks.js';
import type { Capabilities } from '../../port.js';
import type { StakeCall } from '../stake-call.js';
import type { BondOperation, RewardsTo } from './bond.js';

/** What of a chain decides how a bond is changed. */
export interface BondChain {
  readonly network: string;
  readonly bonding: NonNullable<Capabilities['bonding']>;
  readonly nominating: boolean;
}

/** What of a bond decides it. */
export interface BondStanding {
  /** SS58, of whom it is. */
  readonly coldkey: string;
  /** Whether there is a bond, or will be once the calls before this one are carried out. */
  readonly bonded: boolean;
  /** As `withdrawUnbonded` is to be told. */
  readonly slashingSpans: number;
}

const STAKING = 'staking';

/**
 * The call that does it on this chain. Throws `HeadframeError` (failed_precondition 'chain_lacks') where the chain has no such
 * call. Pure.
 */
export function bondCallOf(operation: BondOperation, chain: BondChain, standing: BondStanding): StakeCall {
  switch (operation.kind) {
    case 'add':
      return { call: addingCall(operation, chain, standing), spends: operation.amount };
    case 'remove':
      return kept(callOf('unbond', String(operation.amount)));
    case 'withdraw':
      return kept(callOf('withdrawUnbonded', standing.slashingSpans));
    case 'nominate':
      if (!chain.nominating) throw chainLacks(chain.network, 'call that nominates validators');
      return kept(operation.validators.length === 0 ? callOf('chill') : callOf('nominate', operation.validators));
  }
}

/** A bond is made once, and added to from then on. */
function addingCall(
  { amount, rewardsTo = 'staked' }: Extract<BondOperation, { readonly kind: 'add' }>,
  { bonding }: BondChain,
  { bonded, coldkey }: BondStanding,
): ChainCall {
  if (bonded) return callOf('bondExtra', String(amount));
  const payee = payeeOf(rewardsTo);
  return bonding === 'controlled'
    ? callOf('bond', coldkey, String(amount), payee)
    : callOf('bond', String(amount), payee);
}

function payeeOf(rewardsTo: RewardsTo): JsonValue {
  if (typeof rewardsTo === 'object') return { Account: rewardsTo.account };
  return rewardsTo === 'staked' ? 'Staked' : 'Stash';
}

function callOf(method: string, ...args: readonly JsonValue[]): ChainCall {
  return { pallet: STAKING, method, args };
}

/** Nothing leaves the free balance. */
function kept(call: ChainCall): StakeCall {
  return { call, spends: 0n };
}
