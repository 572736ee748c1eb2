import type { HeadframeError } from '../../../../common/model/error.js';
import { balanceTooLow, stakeBelowMinimum, stakeInvalid, stakeTooLow } from '../refusals.js';
import { withdrawableOf } from './bond.js';
import type { Bond, BondOperation } from './bond.js';
import { bondInUse, bondOfAnother, restTooSmall, stillUnlocking, unlockingFull } from './refusals.js';
import type { BondTerms } from './refusals.js';

/** What of a chain speaks for or against an operation on a bond, read at one block. */
export interface BondObserved {
  /** Whose it is to be, as the chain writes it. */
  readonly coldkey: string;
  readonly bond: Bond | undefined;
  /** A first bond of the same account is under way. */
  readonly bondOpen: boolean;
  /** What the coldkey can spend. */
  readonly free: bigint;
  readonly era: number;
  /** The least that may be bonded at all; by a nominator; by a validator. */
  readonly least: bigint;
  readonly leastNominating: bigint;
  readonly leastValidating: bigint;
  /** Parts that may be unlocking at a time. */
  readonly mostUnlocking: number;
  /** Of those that are to be nominated: who cannot be. */
  readonly notToNominate: readonly string[];
}

/** Who asks, where. */
export type { BondTerms };

/** Why an operation would fail, or do nothing, as the chain stands; undefined where nothing speaks against it. Pure. */
export function bondRefusalOf(
  operation: BondOperation,
  observed: BondObserved,
  terms: BondTerms,
): HeadframeError | undefined {
  if (operation.kind === 'add') return againstAdding(operation, observed, terms);
  const { bond, coldkey } = observed;
  const amount = operation.kind === 'remove' ? operation.amount : 0n;
  if (bond === undefined) return stakeTooLow(0n, amount, coldkey);
  if (bond.controller !== coldkey) return bondOfAnother(bond.controller, coldkey);
  switch (operation.kind) {
    case 'remove':
      return againstRemoving(operation.amount, bond, observed, terms);
    case 'withdraw':
      return withdrawableOf(bond) === 0n ? stillUnlocking(bond.unlocking, observed.era, terms) : undefined;
    case 'nominate':
      return againstNominating(operation.validators, bond, observed, terms);
  }
}

function againstAdding(
  { amount, rewardsTo }: Extract<BondOperation, { readonly kind: 'add' }>,
  { bond, bondOpen, free, coldkey, least }: BondObserved,
  { token }: BondTerms,
): HeadframeError | undefined {
  if (bond !== undefined && bond.stash !== coldkey) return bondOfAnother(bond.stash, coldkey);
  if (rewardsTo !== undefined && (bond !== undefined || bondOpen)) return rewardsAreSet(bond?.rewardsTo);
  if (free < amount) return balanceTooLow({ free, amount, coldkey }, token);
  const active = (bond?.active ?? 0n) + amount;
  return active < least && !bondOpen ? stakeBelowMinimum(least, active, token) : undefined;
}

function againstRemoving(
  amount: bigint,
  bond: Bond,
  { least, leastNominating, leastValidating, mostUnlocking }: BondObserved,
  terms: BondTerms,
): HeadframeError | undefined {
  const { active, unlocking } = bond;
  if (active < amount) return stakeTooLow(active, amount, bond.stash);
  const rest = active - amount;
  const bound = bond.validates ? leastValidating : leastNominating;
  if (isInUse(bond) && rest < bound) return bondInUse(rest, bound, terms);
  // The chain would unbond such a rest as well, which nobody asked for.
  if (rest > 0n && rest < least) return restTooSmall(rest, least, terms);
  return unlocking.length >= mostUnlocking ? unlockingFull(bond, terms) : undefined;
}

function againstNominating(
  validators: readonly string[],
  bond: Bond,
  { leastNominating, notToNominate }: BondObserved,
  { token }: BondTerms,
): HeadframeError | undefined {
  if (validators.length === 0) return isInUse(bond) ? undefined : nothingToEnd();
  const [wrong] = notToNominate;
  if (wrong !== undefined) return noValidator(wrong);
  return bond.active < leastNominating ? stakeBelowMinimum(leastNominating, bond.active, token) : undefined;
}

function isInUse({ nominations, validates }: Bond): boolean {
  return validates || nominations.length > 0;
}

function rewardsAreSet(rewardsTo = 'staked'): HeadframeError {
  const expected = 'nothing: where rewards go is said with the first bond';
  return stakeInvalid({ path: 'rewards_to', value: rewardsTo, expected, remedy: 'Leave it out.' });
}

function nothingToEnd(): HeadframeError {
  const expected = 'validators to nominate: nobody is nominated now, so that there is nothing to end';
  return stakeInvalid({ path: 'validators', expected });
}

function noValidator(value: string): HeadframeError {
  const expected = 'accounts of validators that take nominations';
  return stakeInvalid({ path: 'validators', value, expected, remedy: 'Leave this one out, or check its address.' });
}
