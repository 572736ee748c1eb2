import { expect } from 'chai';
import { reconnectDelayMs } from '../../../../agent/session/session-loop.js';

describe('reconnectDelayMs', () => {
  it('doubles up to fifteen seconds', () => {
    const longest = [1, 2, 3, 6, 50].map((attempt) => reconnectDelayMs(attempt, 1));
    expect(longest).to.deep.equal([500, 1_000, 2_000, 15_000, 15_000]);
  });

  it('is half random, so that a fleet does not come back at once, and never nothing', () => {
    expect([reconnectDelayMs(6, 0), reconnectDelayMs(6, 0.5)]).to.deep.equal([7_500, 11_250]);
  });
});
