import { expect } from 'chai';
import fc from 'fast-check';
import { renewAtMs, retryInMs } from '../../../../agent/identity/renewal.js';

const lives = fc.tuple(fc.nat(1e12), fc.integer({ min: 1, max: 1e11 })).map(([fromMs, lifeMs]) => ({
  fromMs,
  toMs: fromMs + lifeMs,
}));

describe('the renewal of a certificate', () => {
  it('comes between half and four fifths of its life', () => {
    fc.assert(
      fc.property(lives, fc.double({ min: 0, max: 0.999, noNaN: true }), (life, random) => {
        const share = (renewAtMs(life, random) - life.fromMs) / (life.toMs - life.fromMs);
        expect(share).to.be.within(0.4999, 0.8001);
      }),
    );
  });

  it('is tried again several times in what is left, at most once a second and at least once an hour', () => {
    const life = { fromMs: 0, toMs: 30 * 86_400_000 };
    expect(retryInMs(life, life.toMs / 2)).to.equal(3_600_000);
    expect(retryInMs(life, life.toMs - 600_000)).to.equal(60_000);
    expect(retryInMs(life, life.toMs + 600_000)).to.equal(1_000);
  });
});
