import { expect } from 'chai';
import fc from 'fast-check';
import { WHOLE, limitPriceOf, quoteIn, slippageBp } from '../../../../../coordinator/chain/stake/quote.js';

const TAO = 10n ** 9n;

describe('what a trade of stake gives', () => {
  it('is the same amount where stake is in the base token', () => {
    expect(quoteIn({ kind: 'par' }, 'sell', 7n)).to.deep.equal({ price: WHOLE, value: 7n, gets: 7n });
  });

  it('is what a pool leaves whose product stays, with the slippage that it tells', () => {
    const pool = { kind: 'pool', base: 1_000n * TAO, alpha: 2_000n * TAO } as const;
    const bought = quoteIn(pool, 'buy', 100n * TAO);
    expect(bought).to.deep.equal({ price: TAO / 2n, value: 200n * TAO, gets: 181_818_181_818n });
    expect(bought && slippageBp(bought)).to.equal(910);
    const sold = quoteIn(pool, 'sell', 200n * TAO);
    expect(sold).to.deep.equal({ price: TAO / 2n, value: 100n * TAO, gets: 90_909_090_909n });
  });

  it('is not known in a pool that is empty', () => {
    expect(quoteIn({ kind: 'pool', base: 0n, alpha: 1n }, 'buy', 1n)).to.equal(undefined);
    expect(quoteIn({ kind: 'pool', base: 1n, alpha: 0n }, 'sell', 1n)).to.equal(undefined);
  });

  it('never takes more out of a pool than it holds, and never wins by going and coming back', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 18n });
    fc.assert(
      fc.property(amount, amount, amount, (base, alpha, given) => {
        const bought = quoteIn({ kind: 'pool', base, alpha }, 'buy', given);
        if (bought === undefined) throw new Error('it holds both');
        expect(bought.gets < alpha).to.equal(true);
        const back = quoteIn({ kind: 'pool', base: base + given, alpha: alpha - bought.gets }, 'sell', bought.gets);
        expect((back?.gets ?? 0n) <= given).to.equal(true);
        expect(slippageBp(bought)).to.be.within(0, 10_000);
      }),
    );
  });

  it('is limited above the price where stake is bought, and below it where it is sold', () => {
    expect(limitPriceOf(1_000n, 'buy', 50)).to.equal(1_005n);
    expect(limitPriceOf(1_000n, 'sell', 50)).to.equal(995n);
    expect(limitPriceOf(999n, 'buy', 1)).to.equal(1_000n);
  });
});
