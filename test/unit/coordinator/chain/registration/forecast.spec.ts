import { expect } from 'chai';
import { forecastOf } from '../../../../../coordinator/chain/registration/forecast.js';
import type { PruningTerms } from '../../../../../coordinator/chain/registration/forecast.js';

/** By uid: score and block of registration. */
const HOLDERS = [
  [0n, 10],
  [9n, 100],
  [5n, 200],
  [5n, 150],
  [0n, 9_990],
] as const;
const TERMS: PruningTerms = {
  best: 10_000,
  holders: HOLDERS.map(([score, registeredAt], uid) => ({ uid, score, registeredAt })),
  ...{ places: 5, immunity: 50, leastNotImmune: 0, exempt: new Set([0]) },
};

describe('how near a hotkey is to being pruned', () => {
  const ranks = (terms: Partial<PruningTerms> = {}): (number | undefined)[] =>
    HOLDERS.map((_holder, uid) => forecastOf({ ...TERMS, ...terms }, uid)?.rank);

  it('goes by the lowest score, then by age; those who are immune come last, and the owner never', () => {
    expect(ranks()).to.deep.equal([undefined, 3, 2, 1, 4]);
    expect(ranks({ immunity: 5 })).to.deep.equal([undefined, 4, 3, 2, 1]);
    expect(ranks({ exempt: new Set() })[0]).to.equal(1);
  });

  it('spares as many past their immunity as are to remain', () => {
    expect(ranks({ leastNotImmune: 2 })).to.deep.equal([undefined, 4, 3, 1, 2]);
    expect(ranks({ leastNotImmune: 10 })).to.deep.equal([undefined, 4, 3, 2, 1]);
  });

  it('counts free places and immunity', () => {
    expect(forecastOf({ ...TERMS, places: 7 }, 3)).to.deep.equal({
      ...{ immuneBlocks: 0, rank: 1, prunable: 4, free: 2, registrationsLeft: 3, registrationsPerDay: 1 },
    });
    expect(forecastOf({ ...TERMS, places: undefined }, 4)).to.include({ immuneBlocks: 40, free: undefined });
    expect(forecastOf(TERMS, 0)).to.include({ rank: undefined, registrationsLeft: undefined });
    expect(forecastOf(TERMS, 77)).to.equal(undefined);
  });
});
