import { expect } from 'chai';
import { refusalName } from '../../../../../coordinator/chain/extrinsics/pool-error.js';
import { retryClass } from '../../../../../coordinator/chain/extrinsics/retry-class.js';
import { blockToAsk } from '../../../../../coordinator/chain/extrinsics/wait-rules.js';
import { outcomeOf } from '../../../../../coordinator/chain/extrinsics/outcome.js';

describe('the retry class of an error', () => {
  const TABLE = [
    ['already_done', 'subtensorModule.HotKeyAlreadyRegisteredInSubNet', 'SameAutoStakeHotkeyAlreadySet', 'pool.1013'],
    ['wait_poll', 'NoNeuronIdAvailable', 'NetworkIsImmuned', 'SubNetRegistrationDisabled', 'DisabledTemporarily'],
    ['requote', 'RegistrationPriceLimitExceeded', 'SlippageTooHigh', 'InsufficientLiquidity'],
    ['rebuild', 'pool.stale', 'pool.ancientBirthBlock', 'pool.badProof', 'pool.exhaustsResources', 'pool.1014'],
    ['rebuild', 'pool.1016', 'status.dropped', 'status.usurped', 'status.retracted', 'InvalidWorkBlock'],
    ['money', 'NotEnoughBalanceToStake', 'NotEnoughBalanceToRegister', 'balances.InsufficientBalance', 'pool.payment'],
    ['amount', 'AmountTooLow', 'StakeTooSmall', 'NotEnoughStakeToWithdraw', 'NomStakeBelowMinimumThreshold'],
    ['pruned', 'HotKeyNotRegisteredInSubNet', 'HotKeyNotRegisteredInNetwork', 'subspaceModule.ModuleDoesNotExist'],
    [
      'switch_path',
      'CommitRevealEnabled',
      'SubnetEncrypted',
      'IncorrectWeightVersionKey',
      'CallDisabled',
      'Deprecated',
    ],
    [
      'never',
      'SubnetNotExists',
      'SubNetworkDoesNotExist',
      'InvalidIpType',
      'NonAssociatedColdKey',
      'TransferDisallowed',
    ],
    ['security_stop', 'ColdkeySwapAnnounced', 'ColdkeySwapDisputed'],
    ['unknown', 'subtensorModule.SomethingNew', 'pool.1010', 'toString', 'pool.custom.1', ''],
  ] as const;

  it('goes by its name', () => {
    for (const [expected, ...errors] of TABLE)
      for (const error of errors) expect(retryClass(error).class, error).to.equal(expected);
  });

  it('names how the block is found where waiting helps', () => {
    const rules = [
      'ServingRateLimitExceeded',
      'SettingWeightsTooFast',
      'TooManyRegistrationsThisBlock',
      'RevealTooEarly',
    ];
    const found = rules.map((error) => retryClass(`subtensorModule.${error}`));
    expect(found.map((one) => one.class)).to.deep.equal(rules.map(() => 'wait_block'));
    expect(found.map(({ wait }) => wait)).to.deep.equal(['serving', 'weights', 'next_block', 'reveal']);
  });

  it('reads the numbers of a pool by what the runtime means with them', () => {
    const classes = (table: '218' | '233') =>
      [0, 1, 2, 5, 6, 10, 12, 21, 25, 255].map((n) => retryClass(`pool.custom.${String(n)}`, table).class);
    expect(classes('218')).to.deep.equal([
      'security_stop',
      'money',
      'money',
      'wait_block',
      'money',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(classes('233')).to.deep.equal([
      'security_stop',
      'amount',
      'money',
      'amount',
      'wait_block',
      'pruned',
      'wait_block',
      'security_stop',
      'never',
      'unknown',
    ]);
  });

  it('says what to do in each case', () => {
    for (const [, error] of TABLE) expect(retryClass(error).action).not.to.equal('');
  });
});

describe('the block from which to ask again', () => {
  it('follows from when the limit began, never sooner than the next and never later than the rule allows', () => {
    expect(blockToAsk('serving', 100, { since: 90, limit: 50 })).to.equal(140);
    expect(blockToAsk('serving', 100, { since: 10, limit: 50 })).to.equal(101);
    expect(blockToAsk('registrations', 100, { since: 90, limit: 99_999 })).to.equal(496);
    expect(blockToAsk('staking', 100, { since: undefined, limit: 360 })).to.equal(460);
    expect(blockToAsk('next_block', 100, { since: undefined, limit: 1 })).to.equal(101);
    expect(blockToAsk('weights', 100, { since: undefined, limit: undefined })).to.equal(7_300);
  });
});

describe('what a pool refuses', () => {
  const refused = (code: number, message: string, data?: unknown) =>
    refusalName(Object.assign(new Error(message), { code, data }));

  it('has one name, whether a node says it in words or as the runtime encodes it', () => {
    expect(refused(1010, '1010: {"invalid":{"stale":null}}')).to.equal('pool.stale');
    expect(refused(1010, '1010: Invalid Transaction', 'Transaction is outdated')).to.equal('pool.stale');
    expect(refused(1010, 'Invalid Transaction: Transaction has an ancient birth block')).to.equal(
      'pool.ancientBirthBlock',
    );
    expect(refused(1010, 'Inability to pay some fees (e.g. account balance too low)')).to.equal('pool.payment');
    expect(refused(1010, 'Invalid Transaction', 'Transaction has a bad signature')).to.equal('pool.badProof');
    expect(refused(1010, 'Invalid Transaction', 'Custom error: 12')).to.equal('pool.custom.12');
    expect(refused(1010, '1010: {"invalid":{"custom":5}}')).to.equal('pool.custom.5');
    expect(refused(1014, 'Priority is too low: (35 vs 35)')).to.equal('pool.1014');
    expect(refused(1010, 'something else')).to.equal('pool.1010');
  });

  it('is told from what leaves the fate of a call open', () => {
    expect(refusalName(new Error('disconnected'))).to.equal(undefined);
    expect(refused(-32_603, 'internal error')).to.equal(undefined);
    expect(refused(1002, 'verification error')).to.equal(undefined);
    expect(refusalName('1010')).to.equal(undefined);
  });
});

describe('the outcome of an extrinsic', () => {
  const event = (name: string, error?: string, fee?: bigint) => ({ name, error, fee });

  it('is that of the call inside, which fails while the outer one succeeds', () => {
    const paid = event('transactionPayment.TransactionFeePaid', undefined, 9n);
    const success = event('system.ExtrinsicSuccess');
    expect(outcomeOf([paid, success])).to.deep.equal({ kind: 'success', fee: 9n });
    for (const name of ['sudo.Sudid', 'proxy.ProxyExecuted', 'utility.ItemFailed', 'utility.BatchInterrupted'])
      expect(outcomeOf([event(name, 'x.Inner'), paid, success])).to.deep.equal({
        kind: 'failed',
        error: 'x.Inner',
        fee: 9n,
      });
    expect(outcomeOf([event('proxy.ProxyExecuted'), success])).to.include({ kind: 'success' });
    expect(outcomeOf([paid, event('system.ExtrinsicFailed', 'x.Outer')])).to.include({
      kind: 'failed',
      error: 'x.Outer',
    });
    expect(outcomeOf([])).to.deep.equal({ kind: 'unknown' });
  });
});
