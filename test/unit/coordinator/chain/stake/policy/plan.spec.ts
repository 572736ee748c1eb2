import { expect } from 'chai';
import type { RetryClass } from '../../../../../../common/model/intent.js';
import type { StakePolicyRecord, StakePolicySpec, StakeRound } from '../../../../../../common/model/stake-policy.js';
import { planStake } from '../../../../../../coordinator/chain/stake/policy/plan.js';
import type { PolicyObserved } from '../../../../../../coordinator/chain/stake/policy/plan.js';
import { stakePolicyRecord } from '../../../../../support/chain/stake-policies.js';

const PAR = 10n ** 9n;
const NOW = 1_000_000_000;
const SEEN: PolicyObserved = {
  ...{ nowMs: NOW, block: 100, stake: 1_000n, free: 5_000n, registered: true, price: PAR, least: 0n },
  open: undefined,
};
const here = { hotkey: '5Hot', netuid: 3 };

function planned(
  spec: Partial<StakePolicySpec>,
  seen: Partial<PolicyObserved>,
  record: Partial<StakePolicyRecord> = {},
): [string, object?] {
  const { reason, operation } = planStake(stakePolicyRecord(spec, record), { ...SEEN, ...seen });
  return operation === undefined ? [reason] : [reason, operation];
}

describe('the next step of a stake policy', () => {
  it('is none between the minimum and the target', () => {
    for (const stake of [900n, 1_000n, 5_000n]) expect(planned({}, { stake })).to.deep.equal(['stake_steady']);
  });

  it('fills up to the target below the minimum, at the price of the stake', () => {
    const add = (amount: bigint) => ['stake_filling_up', { kind: 'add', to: here, amount }];
    expect(planned({}, { stake: 899n })).to.deep.equal(add(101n));
    expect(planned({}, { stake: 0n, price: PAR / 4n })).to.deep.equal(add(250n));
    expect(planned({}, { stake: 899n, least: 150n })).to.deep.equal(add(150n));
  });

  it('leaves the reserve alone, and fills up whole or not at all', () => {
    expect(planned({ reserve: '4000' }, { stake: 0n })).to.have.length(2);
    expect(planned({ reserve: '4001' }, { stake: 0n })).to.deep.equal(['stake_reserve_reached']);
    expect(planned({}, { stake: 0n, price: undefined })).to.deep.equal(['stake_price_unknown']);
  });

  it('sends what is beyond the target where it is to go, from the threshold on', () => {
    const sell = { rewards: { to: 'sell', threshold: '100' } } as const;
    expect(planned(sell, { stake: 1_099n })).to.deep.equal(['stake_steady']);
    const removed = ['stake_rewards_leaving', { kind: 'remove', from: here, amount: 100n }];
    expect(planned(sell, { stake: 1_100n })).to.deep.equal(removed);
    expect(planned(sell, { stake: 1_100n, least: 101n })).to.deep.equal(['stake_steady']);
    const root = { hotkey: '5Root', netuid: 0 };
    const move = { rewards: { to: 'move', ...root, threshold: '1' } } as const;
    expect(planned(move, { stake: 1_001n })).to.deep.equal([
      'stake_rewards_leaving',
      { kind: 'move', from: here, to: root, amount: 1n },
    ]);
  });

  it('waits for a hotkey that was never registered, and takes one for lost that was', () => {
    const missing = { registered: false, stake: 500n };
    expect(planned({}, missing, { wasRegistered: false })).to.deep.equal(['stake_not_registered']);
    expect(planned({}, missing)).to.deep.equal(['stake_hotkey_lost']);
    expect(planned({ onLoss: { to: 'sell' } }, missing)).to.deep.equal([
      'stake_reallocating',
      { kind: 'remove', from: here, amount: 500n },
    ]);
    const elsewhere = { onLoss: { to: 'move', hotkey: '5New' } } as const;
    expect(planned(elsewhere, missing)).to.deep.equal([
      'stake_reallocating',
      { kind: 'move', from: here, to: { hotkey: '5New', netuid: 3 }, amount: 500n },
    ]);
    expect(planned(elsewhere, { registered: false, stake: 0n })).to.deep.equal(['stake_moved_away']);
    expect(planned(elsewhere, { registered: undefined, stake: 950n })).to.deep.equal(['stake_steady']);
  });

  it('takes no hotkey for lost on the word of an endpoint that is behind the registration', () => {
    const [sell, missing] = [{ onLoss: { to: 'sell' } }, { registered: false, stake: 500n }] as const;
    expect(planned(sell, { ...missing, block: 99 }, { registeredBlock: 100 })).to.deep.equal(['stake_behind']);
    expect(planned(sell, { ...missing, block: 100 }, { registeredBlock: 100 })).to.deep.equal([
      'stake_reallocating',
      { kind: 'remove', from: here, amount: 500n },
    ]);
  });

  it('takes a dark hotkey for lost once it is dark for long enough', () => {
    const spec = { onLoss: { to: 'sell' }, darkAfterMs: 60_000 } as const;
    expect(planned(spec, {}, { darkSinceMs: NOW - 59_999 })).to.deep.equal(['stake_steady']);
    expect(planned(spec, {}, { darkSinceMs: NOW - 60_000 })).to.have.length(2);
    expect(planned({ onLoss: { to: 'sell' } }, {}, { darkSinceMs: 0 })).to.deep.equal(['stake_steady']);
  });

  describe('after a call', () => {
    const last = (round: Partial<StakeRound>): Partial<StakePolicyRecord> => ({
      last: { intent: 'i', state: 'failed', endedAtMs: NOW, ...round },
    });
    const low = { stake: 0n };

    it('waits while one is under way, and for the block that holds the last', () => {
      expect(planned({}, { ...low, open: 'i' })).to.deep.equal(['stake_call_open']);
      const done = last({ state: 'finalised', block: 101 });
      expect(planned({}, low, done)).to.deep.equal(['stake_behind']);
      expect(planned({}, { ...low, block: 101 }, done)).to.have.length(2);
    });

    it('is tried again later after what may pass, and not after what will not', () => {
      const after = (failed: RetryClass, nowMs = NOW) => planned({}, { ...low, nowMs }, last({ class: failed }))[0];
      for (const failed of ['wait_poll', 'requote', 'rebuild', 'money', 'pruned'] as const) {
        expect(after(failed)).to.equal('stake_backoff');
        expect(after(failed, NOW + 600_000)).to.equal('stake_filling_up');
      }
      for (const failed of ['amount', 'switch_path', 'never', 'security_stop', 'unknown'] as const)
        expect(after(failed, NOW + 10 ** 9)).to.equal('stake_halted');
      expect(after('already_done')).to.equal('stake_filling_up');
    });

    it('is tried again at the block that is named, and after what was given up', () => {
      const named = last({ class: 'wait_block', askAtBlock: 105 });
      expect(planned({}, { ...low, block: 104, nowMs: NOW * 2 }, named)).to.deep.equal(['stake_backoff']);
      expect(planned({}, { ...low, block: 105 }, named)).to.have.length(2);
      expect(planned({}, low, last({ state: 'abandoned' }))).to.deep.equal(['stake_backoff']);
    });

    it('goes on once the policy was set anew', () => {
      expect(planned({}, low, last({ class: 'never', forgiven: true }))).to.have.length(2);
    });
  });
});
