import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import type { RetryClass } from '../../../../common/model/intent.js';
import { formatPlanck } from '../../../../common/model/token-amount.js';
import type { Token } from '../refusals.js';
import { withdrawableOf } from './bond.js';
import type { Bond, Unlocking } from './bond.js';

/** Where it is asked for. */
export interface BondTerms {
  readonly network: string;
  readonly token: Token;
}

/** Why an operation on a bond was refused before anything was paid, each with its retry class. */
type BondRefusal = 'bond_of_another' | 'bond_in_use' | 'stake_unlocking';

const CLASSES: Readonly<Record<BondRefusal, RetryClass>> = {
  bond_of_another: 'never',
  bond_in_use: 'amount',
  stake_unlocking: 'wait_poll',
};

/** Another account has to sign: a bond may have one that owns it and one that controls it. */
export function bondOfAnother(other: string, coldkey: string): HeadframeError {
  const message = `this is signed by ${other}, which has to do with the bond of ${coldkey} besides it`;
  const remedy = `Use a wallet of ${other}: the stash adds to a bond, its controller does everything else.`;
  return refused('bond_of_another', { message, remedy }, { path: 'wallet', expected: `a wallet of ${other}` });
}

/** What would be left is too little for somebody who nominates or validates. */
export function bondInUse(rest: bigint, bound: bigint, { network, token }: BondTerms): HeadframeError {
  const message = `${formatPlanck(rest, token)} would be left, and who nominates or validates needs ${formatPlanck(bound, token)}`;
  const remedy = `End that first: headframe stake nominate ${network} --none; or take less.`;
  return refused(
    'bond_in_use',
    { message, remedy },
    { path: 'amount', expected: `at least ${String(bound)} to be left` },
  );
}

/** What would be left is less than an account may have bonded. */
export function restTooSmall(rest: bigint, least: bigint, { token }: BondTerms): HeadframeError {
  const message = `${formatPlanck(rest, token)} would be left, and nothing below ${formatPlanck(least, token)} stays bonded`;
  const expected = `all, or at least ${String(least)} to be left`;
  return refused('bond_in_use', { message, remedy: 'Take all of it, or less.' }, { path: 'amount', expected });
}

/** Too many parts of the bond are unlocking for another. */
export function unlockingFull(bond: Pick<Bond, 'unlocking'>, { network }: BondTerms): HeadframeError {
  const message = `${String(bond.unlocking.length)} parts of the bond are unlocking, and the chain takes no more`;
  const remedy =
    withdrawableOf(bond) > 0n
      ? `Take back what is free first: headframe stake withdraw ${network}.`
      : `Wait until the first is free: headframe stake show ${network} tells when.`;
  return refused(
    'stake_unlocking',
    { message, remedy },
    { path: 'amount', expected: 'fewer parts that are unlocking' },
  );
}

/** Nothing can be taken back yet. */
export function stillUnlocking(
  unlocking: readonly Unlocking[],
  era: number,
  { network, token }: BondTerms,
): HeadframeError {
  const [next] = [...unlocking].sort((a, b) => a.era - b.era);
  const message =
    next === undefined
      ? 'nothing is unlocking'
      : `${formatPlanck(next.amount, token)} are free from era ${String(next.era)} on, and this is era ${String(era)}`;
  const remedy =
    next === undefined
      ? `Unbond something first: headframe stake remove ${network}.`
      : `Ask again then: headframe stake show ${network} tells about when that is.`;
  return refused('stake_unlocking', { message, remedy }, { path: 'network', expected: 'something that is free' });
}

function refused(
  reason: BondRefusal,
  said: { readonly message: string; readonly remedy: string },
  violation: FieldViolation,
): HeadframeError {
  const metadata = { class: CLASSES[reason] };
  return new HeadframeError({ code: 'failed_precondition', reason, ...said, violations: [violation], metadata });
}
