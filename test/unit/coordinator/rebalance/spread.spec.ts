import { expect } from 'chai';
import { unevenness } from '../../../../coordinator/rebalance/spread.js';

describe('the unevenness of a spread', () => {
  for (const { counts, moves } of [
    { counts: [], moves: 0 },
    { counts: [5], moves: 0 },
    { counts: [2, 2, 1], moves: 0 },
    { counts: [3, 1], moves: 1 },
    { counts: [3, 3, 1], moves: 1 },
    { counts: [2, 2, 2, 0], moves: 1 },
    { counts: [9, 0, 0], moves: 6 },
    { counts: [5, 0, 0, 0], moves: 3 },
  ])
    it(`is ${String(moves)} for ${JSON.stringify(counts)}: so many moves level it`, () => {
      expect(unevenness(counts)).to.equal(moves);
    });
});
