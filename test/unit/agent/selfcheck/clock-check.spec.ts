import { expect } from 'chai';
import { NEW_CLOCK_STATE, judgeClock } from '../../../../agent/selfcheck/index.js';

const after = (skews: readonly number[], roundTripMs = 10): boolean =>
  skews.reduce((state, skewMs) => judgeClock(state, { skewMs, roundTripMs }, 1_000), NEW_CLOCK_STATE).isWrong;

describe('judgeClock', () => {
  it('finds a clock wrong that is off several times in a row, in either direction', () => {
    expect(after([5_000, 5_000])).to.equal(false);
    expect(after([5_000, -5_000, 5_000])).to.equal(true);
    expect(after([5_000, 5_000, 900, 5_000, 5_000])).to.equal(false);
  });

  it('finds it right again only well within the bound', () => {
    expect(after([5_000, 5_000, 5_000, 900])).to.equal(true);
    expect(after([5_000, 5_000, 5_000, 400])).to.equal(false);
  });

  it('believes no answer that came late', () => {
    expect(after([5_000, 5_000, 5_000], 4_000)).to.equal(false);
  });
});
