import { expect } from 'chai';
import fc from 'fast-check';
import { HeadframeError } from '../../../../../common/model/error.js';
import { judgeWeights } from '../../../../../coordinator/chain/registration/judge-weights.js';
import type { WeightsTerms } from '../../../../../coordinator/chain/registration/judge-weights.js';
import { normaliseWeights } from '../../../../../coordinator/chain/registration/normalise-weights.js';
import type { Score } from '../../../../../coordinator/chain/registration/normalise-weights.js';

const PLACE = { network: 'net', netuid: 7, hotkey: '5Hot' };
const TERMS: WeightsTerms = {
  ...{ best: 500, uid: 0, neurons: 4, permit: true, lastUpdate: 300, rateLimit: 100 },
  ...{ commitReveal: 'off', reveal: undefined, commits: [] },
  ...{ versionKey: 0n, fewest: 1, largestPart: 65_535 },
};
const of = (...scores: readonly number[]): Score[] => scores.map((score, uid) => ({ uid, score }));

describe('weights', () => {
  it('are in proportion to the highest, which is 65535, without those of nothing', () => {
    expect(normaliseWeights(of(1, 0, 0.5, 2))).to.deep.equal({ uids: [0, 2, 3], values: [32_768, 16_384, 65_535] });
    expect(normaliseWeights([...of(1, 2)].reverse())).to.deep.equal({ uids: [0, 1], values: [32_768, 65_535] });
    expect(normaliseWeights(of(1, 1e9)).uids).to.deep.equal([1]);
    expect(normaliseWeights(of(Number.MAX_VALUE, Number.MAX_VALUE)).values).to.deep.equal([65_535, 65_535]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (scores) => {
        fc.pre(scores.some((score) => score > 0));
        const { values } = normaliseWeights(of(...scores));
        expect(Math.max(...values)).to.equal(65_535);
        expect(values.every((value) => Number.isInteger(value) && value > 0)).to.equal(true);
      }),
    );
  });

  it('are none of what is no score, of nobody and of somebody named twice', () => {
    for (const score of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      refused(() => normaliseWeights(of(1, score)), 'weights_invalid');
    for (const scores of [[], of(0, 0), [...of(1), ...of(2)]])
      refused(() => normaliseWeights(scores), 'weights_invalid');
  });

  it('are set where the subnet takes them', () => {
    const judged = (terms: Partial<WeightsTerms>, ...scores: readonly number[]): string => {
      let reason = 'set';
      try {
        judgeWeights({ ...TERMS, ...terms }, normaliseWeights(of(...scores)), PLACE);
      } catch (error) {
        ({ reason } = error as { reason: string }); // a HeadframeError, or the test fails below
      }
      return reason;
    };
    expect(judged({}, 1, 2, 3)).to.equal('set');
    expect(judged({ uid: undefined }, 1)).to.equal('hotkey_not_registered');
    expect(judged({ commitReveal: 'other' }, 1)).to.equal('commit_reveal_required');
    expect(judged({ permit: false }, 1, 2)).to.equal('no_validator_permit');
    expect(judged({ permit: false }, 1)).to.equal('set'); // of itself alone
    expect(judged({ permit: undefined }, 1, 2)).to.equal('set');
    expect(judged({}, 1, 1, 1, 1, 1)).to.equal('weights_invalid');
    expect(judged({ fewest: 3 }, 1, 2)).to.equal('weights_invalid');
    expect(judged({ largestPart: 32_768 }, 0, 3, 1)).to.equal('weights_invalid');
    expect(judged({ largestPart: 32_768 }, 0, 3, 3)).to.equal('set');
    expect(judged({ best: 398 }, 1, 2)).to.equal('too_soon');
    expect(judged({ best: 399 }, 1, 2)).to.equal('set');
    const reveal = { netuid: 7, tempo: 9, period: 1 };
    const commits = Array.from({ length: 10 }, (_, at) => ({ hash: '0x', block: 485 + at }));
    const hidden = { commitReveal: 'plain', reveal } as const;
    expect(judged({ ...hidden, commits }, 1)).to.equal('too_many_commits');
    expect(judged({ ...hidden, commits: commits.slice(1) }, 1)).to.equal('set');
    expect(judged({ ...hidden, commits: [{ hash: '0x', block: 470 }, ...commits.slice(1)] }, 1)).to.equal('set'); // one has expired
    expect(judged({ ...hidden, best: 398 }, 1, 2)).to.equal('too_soon');
  });
});

function refused(act: () => unknown, reason: string): void {
  expect(act).to.throw(HeadframeError).with.property('reason', reason);
}
