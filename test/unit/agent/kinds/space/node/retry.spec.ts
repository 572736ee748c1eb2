import { expect } from 'chai';
import { retryDelayMs } from '../../../../../../agent/kinds/space/node/retry.js';

const POLICY = { intervalMs: 5000, mostAtStart: 2, longestMs: 60_000 };

function delays(nodes: number, wasHeard: boolean, most: number): readonly (number | undefined)[] {
  return Array.from({ length: most }, (_, at) => retryDelayMs({ failures: at + 1, nodes, wasHeard }, POLICY));
}

describe('when the next node is tried', () => {
  it('is after a fixed interval at start, and never more once the limit is used up', () =>
    expect(delays(1, false, 4)).to.deep.equal([5000, 5000, undefined, undefined]));

  it('is at once while others of the list were not tried', () =>
    expect(delays(3, false, 9)).to.deep.equal([0, 0, 5000, 0, 0, 5000, 0, 0, undefined]));

  it('is after growing delays without a limit, once a node was heard, spread below what they grow to', () => {
    const found = delays(1, true, 100).map((delay) => delay ?? Infinity);
    for (const [at, delay] of found.entries()) {
      const grown = Math.min(60_000, 5000 * 2 ** at);
      expect(delay).to.be.within(grown / 2, grown);
    }
    expect(new Set(found.slice(10)).size).to.equal(90);
  });
});
