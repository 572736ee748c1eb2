import { expect } from 'chai';
import { formatPlanck, parsePlanck } from '../../../../common/model/token-amount.js';

describe('an amount of a token', () => {
  const tao = { symbol: 'TAO', decimals: 9 };
  const cases: readonly (readonly [bigint, Parameters<typeof formatPlanck>[1], string])[] = [
    [0n, tao, '0 TAO'],
    [1n, tao, '0.000000001 TAO'],
    [1_500_000_000n, tao, '1.5 TAO'],
    [21_000_000_000_000_001n, tao, '21,000,000.000000001 TAO'],
    [2n ** 128n, { symbol: 'ROC', decimals: 12 }, '340,282,366,920,938,463,463,374,607.431768211456 ROC'],
    [-25n, { symbol: '', decimals: 1 }, '-2.5'],
    [7n, { symbol: 'X', decimals: 0 }, '7 X'],
    [7n, { symbol: 'X' }, '7 planck'],
  ];
  for (const [amount, token, expected] of cases)
    it(`is written with all its digits: ${expected}`, () => {
      expect(formatPlanck(amount, token)).to.equal(expected);
    });

  it('is read as it is written, with or without its token, to the last digit', () => {
    for (const [amount, token, text] of cases)
      if (amount >= 0n && token.symbol !== '') expect(parsePlanck(text, token), text).to.equal(amount);
    const read: readonly (readonly [string, bigint])[] = [
      ['1', 1_000_000_000n],
      ['1.5', 1_500_000_000n],
      [' 0.000000001tao ', 1n],
      ['12,345.6 TAO', 12_345_600_000_000n],
      ['250 planck', 250n],
    ];
    for (const [text, amount] of read) expect(parsePlanck(text, tao), text).to.equal(amount);
  });

  it('is not read from anything else', () => {
    const wrong = [
      '',
      '-1',
      '+1',
      '1e9',
      '0x10',
      '1.',
      '.5',
      '1,5',
      '12,34',
      '1.0000000001',
      '1 ROC',
      '1.5 planck',
      '1 2',
      '∞',
    ];
    for (const text of wrong) expect(parsePlanck(text, tao), text).to.equal(undefined);
    expect(parsePlanck('1', { symbol: 'X' })).to.equal(undefined);
    expect(parsePlanck('1 planck', { symbol: 'X' })).to.equal(1n);
  });
});
