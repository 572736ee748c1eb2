import { expect } from 'chai';
import type { Bond, BondOperation } from '../../../../../../coordinator/chain/stake/bond/bond.js';
import { bondCallOf } from '../../../../../../coordinator/chain/stake/bond/bond-call.js';
import { describeBond } from '../../../../../../coordinator/chain/stake/bond/describe-bond.js';
import { bondRefusalOf } from '../../../../../../coordinator/chain/stake/bond/judge-bond.js';
import type { BondObserved } from '../../../../../../coordinator/chain/stake/bond/judge-bond.js';

const TERMS = { network: 'relay', token: { symbol: 'DOT', decimals: 10 } };
const BOND: Bond = {
  ...{ stash: '5Cold', controller: '5Cold', total: 100n, active: 100n, rewardsTo: 'Staked' },
  ...{ unlocking: [], nominations: [], validates: false },
};
const SEEN: BondObserved = {
  ...{ coldkey: '5Cold', bond: BOND, bondOpen: false, free: 50n, era: 9 },
  ...{ least: 10n, leastNominating: 60n, leastValidating: 90n, mostUnlocking: 2, notToNominate: [] },
};
const part = (era: number, now = 9) => ({ amount: 5n, era, free: era <= now, freeAtMs: undefined });
const add: BondOperation = { kind: 'add', amount: 5n };
const remove = (amount: bigint): BondOperation => ({ kind: 'remove', amount });
const withdraw: BondOperation = { kind: 'withdraw' };
const nominate = (...validators: string[]): BondOperation => ({ kind: 'nominate', validators });

function judged(operation: BondOperation, change: Partial<BondObserved> = {}): string[] | undefined {
  const refusal = bondRefusalOf(operation, { ...SEEN, ...change }, TERMS);
  if (refusal === undefined) return undefined;
  expect(refusal.remedy).to.not.equal('');
  return [refusal.reason, ...refusal.violations.map(({ path }) => path), refusal.metadata['class'] ?? ''];
}

const withBond = (change: Partial<Bond>) => ({ bond: { ...BOND, ...change } });

describe('what speaks against an operation on a bond', () => {
  it('is nothing where the chain would carry it out', () => {
    for (const operation of [add, remove(90n), remove(100n), nominate('5Val')])
      expect(judged(operation)).to.equal(undefined);
    expect(judged(withdraw, withBond({ unlocking: [part(9), part(10)] }))).to.equal(undefined);
    expect(judged(nominate(), withBond({ nominations: ['5Val'] }))).to.equal(undefined);
    expect(judged(add, { bond: undefined, bondOpen: true })).to.equal(undefined);
  });

  it('is too little: to pay, to have bonded, to take', () => {
    expect(judged(add, { free: 4n })).to.deep.equal(['balance_too_low', 'amount', 'money']);
    expect(judged(add, { bond: undefined })).to.deep.equal(['stake_below_minimum', 'amount', 'amount']);
    expect(judged(remove(101n))).to.deep.equal(['stake_too_low', 'amount', 'amount']);
    for (const operation of [remove(1n), withdraw, nominate('5Val')])
      expect(judged(operation, { bond: undefined })).to.deep.equal(['stake_too_low', 'amount', 'amount']);
    expect(judged(nominate('5Val'), withBond({ active: 59n }))?.[0]).to.equal('stake_below_minimum');
  });

  it('is a rest that the chain would not leave, or not leave to one who nominates or validates', () => {
    const inUse = ['bond_in_use', 'amount', 'amount'];
    expect(judged(remove(91n))).to.deep.equal(inUse);
    expect(judged(remove(41n), withBond({ nominations: ['5Val'] }))).to.deep.equal(inUse);
    expect(judged(remove(40n), withBond({ nominations: ['5Val'] }))).to.equal(undefined);
    expect(judged(remove(11n), withBond({ validates: true }))).to.deep.equal(inUse);
    expect(judged(remove(100n), withBond({ validates: true }))).to.deep.equal(inUse);
  });

  it('is what is still unlocking', () => {
    expect(judged(withdraw)).to.deep.equal(['stake_unlocking', 'network', 'wait_poll']);
    expect(judged(withdraw, withBond({ unlocking: [part(10)] }))).to.deep.equal([
      'stake_unlocking',
      'network',
      'wait_poll',
    ]);
    expect(judged(remove(5n), withBond({ unlocking: [part(10), part(11)] }))?.[0]).to.equal('stake_unlocking');
  });

  it('is another account that has to sign', () => {
    const another = ['bond_of_another', 'wallet', 'never'];
    expect(judged(add, withBond({ stash: '5Stash' }))).to.deep.equal(another);
    expect(judged(add, withBond({ controller: '5Controller' }))).to.equal(undefined);
    for (const operation of [remove(1n), withdraw, nominate('5Val')])
      expect(judged(operation, withBond({ controller: '5Controller' }))).to.deep.equal(another);
    expect(judged(remove(90n), withBond({ stash: '5Stash' }))).to.equal(undefined);
  });

  it('is what does nothing: rewards of a bond that is there, nobody to nominate, no validators', () => {
    const rewardsTo = 'stash' as const;
    expect(judged({ ...add, rewardsTo })).to.deep.equal(['stake_invalid', 'rewards_to', 'never']);
    expect(judged({ ...add, rewardsTo }, { bond: undefined, bondOpen: true })?.[1]).to.equal('rewards_to');
    expect(judged({ ...add, amount: 10n, rewardsTo }, { bond: undefined })).to.equal(undefined);
    expect(judged(nominate())).to.deep.equal(['stake_invalid', 'validators', 'never']);
    expect(judged(nominate('5No'), { notToNominate: ['5No'] })).to.deep.equal(['stake_invalid', 'validators', 'never']);
  });
});

describe('the call of an operation on a bond', () => {
  const OWN = { network: 'relay', bonding: 'own', nominating: true } as const;
  const FIRST = { coldkey: '5Cold', bonded: false, slashingSpans: 3 };
  const called = (...parameters: Parameters<typeof bondCallOf>) => {
    const { call, spends } = bondCallOf(...parameters);
    return [`${call.pallet}.${call.method}`, call.args, spends];
  };

  it('is the first of a bond in the form of the chain, and adds to it from then on', () => {
    expect(called(add, OWN, FIRST)).to.deep.equal(['staking.bond', ['5', 'Staked'], 5n]);
    const controlled = { ...OWN, bonding: 'controlled' } as const;
    const stash = { ...add, rewardsTo: 'stash' } as const;
    expect(called(stash, controlled, FIRST)).to.deep.equal(['staking.bond', ['5Cold', '5', 'Stash'], 5n]);
    const other = { ...add, rewardsTo: { account: '5Other' } } as const;
    expect(called(other, OWN, FIRST)).to.deep.equal(['staking.bond', ['5', { Account: '5Other' }], 5n]);
    expect(called(add, OWN, { ...FIRST, bonded: true })).to.deep.equal(['staking.bondExtra', ['5'], 5n]);
  });

  it('takes nothing off the balance otherwise', () => {
    expect(called(remove(7n), OWN, FIRST)).to.deep.equal(['staking.unbond', ['7'], 0n]);
    expect(called(withdraw, OWN, FIRST)).to.deep.equal(['staking.withdrawUnbonded', [3], 0n]);
    expect(called(nominate('5Val'), OWN, FIRST)).to.deep.equal(['staking.nominate', [['5Val']], 0n]);
    expect(called(nominate(), OWN, FIRST)).to.deep.equal(['staking.chill', [], 0n]);
    expect(() => called(nominate(), { ...OWN, nominating: false }, FIRST))
      .to.throw()
      .with.property('reason', 'chain_lacks');
  });

  it('has a purpose that tells one wish from another', () => {
    const rewardsTo = { account: '5Other' };
    const wishes = [add, { ...add, rewardsTo }, remove(5n), withdraw, nominate('5A', '5B'), nominate()] as const;
    expect(wishes.map((wish) => describeBond(wish, { symbol: 'DOT', decimals: 0 }))).to.deep.equal([
      ...['bond 5 DOT', 'bond 5 DOT, rewards to 5Other', 'unbond 5 DOT', 'withdraw what is unlocked'],
      ...['nominate 5A, 5B', 'nominate nobody'],
    ]);
  });
});
