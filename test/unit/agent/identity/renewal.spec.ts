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
    const retry = (nowMs: number) => retryInMs(life, { nowMs, failures: 9, random: 0.5 });
    expect(retry(life.toMs / 2)).to.equal(3_600_000);
    expect(retry(life.toMs - 600_000)).to.equal(60_000);
    expect(retry(life.toMs - 600)).to.equal(1_000);
  });

  it('is tried later and later once it has expired, and never less than every ten minutes', () => {
    const life = { fromMs: 0, toMs: 1_000 };
    const retry = (failures: number, random: number) => retryInMs(life, { nowMs: 2_000, failures, random });
    expect([1, 2, 5].map((failures) => retry(failures, 0))).to.deep.equal([1_000, 2_000, 16_000]);
    expect(retry(2, 0.999)).to.be.within(3_900, 4_000);
    expect(retry(1_000, 0.999)).to.be.within(590_000, 600_000);
  });
});
