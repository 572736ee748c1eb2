import { expect } from 'chai';
import { addCounters, NOTHING_COUNTED, proofsTold } from '../../../../../coordinator/kinds/space/counters.js';

describe('what a space miner has counted', () => {
  const first = { ...NOTHING_COUNTED, totalChallengesReceived: 5, totalProofsGenerated: 4, totalProofsSubmitted: 3 };
  const more = { ...first, totalProofsSubmitted: 4, totalBlocksWon: 2, totalBlocksAccepted: 1 };

  it('is told when another proof was sent, and not for anything else', () => {
    expect(proofsTold(first, first)).to.equal(undefined);
    expect(proofsTold(first, { ...first, totalChallengesReceived: 6, totalProofsGenerated: 5 })).to.equal(undefined);
    expect(proofsTold(first, more)).to.equal('proofs sent 4, made 4, challenges 5; blocks won 2, accepted 1');
  });

  it('is the sum of all processes', () => {
    expect(addCounters(first, more)).to.deep.equal({
      ...{ totalChallengesReceived: 10, totalProofsGenerated: 8, totalProofsSubmitted: 7 },
      ...{ totalBlocksWon: 2, totalBlocksAccepted: 1 },
    });
  });
});
