import { expect } from 'chai';
import { refusalOf } from '../../../../../coordinator/chain/stake/judge.js';
import type { StakeTerms } from '../../../../../coordinator/chain/stake/judge.js';
import type { StakeObserved } from '../../../../../coordinator/chain/stake/observe.js';
import type { StakeOperation } from '../../../../../coordinator/chain/stake/operation.js';

const FINE: StakeObserved = {
  block: { number: 9, hash: '0x' },
  missingNetuid: undefined,
  unknownHotkey: false,
  stake: 50n,
  free: 100n,
  least: undefined,
  worth: 10n,
  quote: { price: 10n ** 9n, value: 1_000n, gets: 950n },
};
const TERMS: StakeTerms = { network: 'test', coldkey: '5Cold', token: { symbol: 'TAO', decimals: 9 } };

const place = { hotkey: '5Hot', netuid: 1 };
const add: StakeOperation = { kind: 'add', to: place, amount: 100n };
const remove: StakeOperation = { kind: 'remove', from: place, amount: 50n };
const move: StakeOperation = { kind: 'move', from: place, to: { ...place, hotkey: '5Other' }, amount: 50n };

function judged(
  operation: StakeOperation,
  seen: Partial<StakeObserved> = {},
  slippageBp?: number,
): [string, string, string] | undefined {
  const refusal = refusalOf(operation, { ...FINE, ...seen }, { ...TERMS, slippageBp });
  if (refusal === undefined) return undefined;
  expect(refusal.remedy, 'a remedy').not.to.equal(undefined);
  return [refusal.reason, refusal.violations[0]?.path ?? '', refusal.metadata['class'] ?? ''];
}

describe('an operation on stake, as the chain stands', () => {
  it('is let through where nothing speaks against it, to the last unit', () => {
    for (const operation of [add, remove, move]) expect(judged(operation)).to.equal(undefined);
    expect(judged(add, { least: 10n })).to.equal(undefined);
    expect(judged(add, {}, 500)).to.equal(undefined);
  });

  it('is refused by what it lacks, each with field, class and remedy', () => {
    expect(judged(add, { missingNetuid: 1 })).to.deep.equal(['subnet_not_found', 'netuid', 'never']);
    expect(judged(add, { unknownHotkey: true })).to.deep.equal(['hotkey_not_registered', 'hotkey', 'pruned']);
    expect(judged(move, { unknownHotkey: true })).to.deep.equal(['hotkey_not_registered', 'to_hotkey', 'pruned']);
    expect(judged(add, { free: 99n })).to.deep.equal(['balance_too_low', 'amount', 'money']);
    for (const operation of [remove, move])
      expect(judged(operation, { stake: 49n })).to.deep.equal(['stake_too_low', 'amount', 'amount']);
    expect(judged(add, { least: 11n })).to.deep.equal(['stake_below_minimum', 'amount', 'amount']);
  });

  it('keeps to a slippage, and is refused where nobody can tell it', () => {
    expect(judged(add, {}, 499)).to.deep.equal(['slippage_too_high', 'slippage', 'requote']);
    expect(judged(add, { quote: undefined }, 499)).to.deep.equal(['slippage_unknown', 'slippage', 'switch_path']);
    expect(judged(add, { quote: undefined })).to.equal(undefined);
  });

  it('does not ask for a hotkey that stake is only taken off', () => {
    expect(judged(remove, { unknownHotkey: true })).to.equal(undefined);
  });
});
