import { expect } from 'chai';
import { judgeDanger } from '../../../../../coordinator/chain/registration/danger.js';
import type { PruningTerms } from '../../../../../coordinator/chain/registration/forecast.js';

/** Ten places, taken in order, the owner's among them; the higher the uid, the higher the score. */
const TERMS: PruningTerms = {
  best: 100_000,
  holders: Array.from({ length: 10 }, (_, uid) => ({ uid, score: BigInt(uid), registeredAt: 1_000 + uid })),
  ...{ places: 10, immunity: 4_000, leastNotImmune: 0, exempt: new Set([0]) },
};

/** So many, of the highest scores, registered within the last day. */
function busy(count: number): PruningTerms {
  const late = (uid: number): boolean => uid >= 10 - count;
  const holders = TERMS.holders.map((one) => (late(one.uid) ? { ...one, registeredAt: 95_000 } : one));
  return { ...TERMS, holders };
}

const near = (terms: PruningTerms, wasNear = false): number[] =>
  TERMS.holders.filter(({ uid }) => judgeDanger(terms, uid, wasNear)?.near === true).map(({ uid }) => uid);

describe('a place that is about to be lost', () => {
  it('is that which the next registration takes, on however quiet a subnet', () => {
    expect(near(TERMS)).to.deep.equal([1]);
    expect(near({ ...TERMS, places: 11 })).to.deep.equal([]);
    expect(near({ ...TERMS, places: undefined })).to.deep.equal([1]);
  });

  it('is one whose turn comes by as many registrations as six hours bring at the pace of the last day', () => {
    // 5 a day make 2 in six hours.
    expect(near(busy(5))).to.deep.equal([1, 2]);
    expect(near({ ...busy(5), places: 11 })).to.deep.equal([1]);
  });

  it('is no longer one only when it is twice as far away', () => {
    expect(near(TERMS, true)).to.deep.equal([1, 2]);
    expect(near(busy(5), true)).to.deep.equal([1, 2, 3, 4]);
  });

  it('is not that of one whose immunity lasts longer, and is when it ends within that time', () => {
    const young = (blocks: number): PruningTerms => {
      const holders = TERMS.holders.map((one) => (one.uid === 1 ? { ...one, registeredAt: 96_000 + blocks } : one));
      return { ...TERMS, holders };
    };
    expect(near(young(1_801))).to.deep.equal([2]);
    expect(near(young(1_800))).to.deep.equal([1, 2]);
    expect(judgeDanger(young(1_800), 1, false)?.text).to.contain('1800 blocks of immunity left');
  });

  it('is never that of the owner, and nothing is told of who is not there', () => {
    expect(judgeDanger(TERMS, 0, true)).to.include({ near: false });
    expect(judgeDanger(TERMS, 77, true)).to.equal(undefined);
  });
});
