import { expect } from 'chai';
import { formatPlanck } from '../../../../common/model/token-amount.js';

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
});
