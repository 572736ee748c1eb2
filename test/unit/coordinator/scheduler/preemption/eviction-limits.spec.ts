import { expect } from 'chai';
import { EvictionLimits } from '../../../../../coordinator/scheduler/preemption/eviction-limits.js';

const times = (miner: string, count: number): string[] => Array.from({ length: count }, () => miner);

describe('the limits of evictions', () => {
  it('let a small fleet lose a hundred a minute, and half of that to one miner', () => {
    const limits = new EvictionLimits();
    limits.note('a', times('v', 50), 0);
    expect(limits.allows('a', 1, 500, 59_999)).to.equal(false);
    expect(limits.allows('b', 50, 500, 59_999)).to.equal(true);
    limits.note('b', times('v', 50), 1000);
    expect(limits.allows('c', 1, 500, 59_999)).to.equal(false);
    expect(limits.allows('c', 0, 500, 59_999)).to.equal(true);
    expect(limits.retryAtMs('c', 59_999)).to.equal(60_000);
    expect(limits.allows('c', 50, 500, 60_000)).to.equal(true);
    expect(limits.allows('c', 51, 500, 60_000)).to.equal(false);
  });

  it('grow with the fleet', () => {
    const limits = new EvictionLimits();
    limits.note('a', times('v', 4999), 0);
    expect(limits.allows('a', 1, 1_000_000, 1)).to.equal(true);
    expect(limits.allows('a', 2, 1_000_000, 1)).to.equal(false);
  });

  it('let a single eviction that is larger than all of them pass in an unused minute', () => {
    const limits = new EvictionLimits();
    expect(limits.allows('a', 300, 500, 0)).to.equal(true);
    limits.note('b', ['v'], 0);
    expect(limits.allows('a', 300, 500, 1)).to.equal(false);
    expect(limits.allows('a', 300, 500, 60_000)).to.equal(true);
  });

  it('bar a miner for a while that failed in the room made for it', () => {
    const limits = new EvictionLimits();
    limits.placed(7, 0);
    limits.placed(8, 0);
    expect(limits.isProving).to.equal(true);
    limits.ended(8, 'a', false, 1000);
    expect(limits.allows('a', 1, 500, 1000)).to.equal(true);
    limits.ended(7, 'a', true, 2000);
    expect(limits.isProving).to.equal(false);
    expect([limits.allows('a', 1, 500, 3000), limits.isBarred('a', 3000)]).to.deep.equal([false, true]);
    expect(limits.retryAtMs('a', 3000)).to.equal(302_000);
    expect(limits.allows('a', 0, 500, 3000)).to.equal(true);
    expect(limits.allows('a', 1, 500, 302_000)).to.equal(true);
  });

  it('do not bar a miner that failed long after', () => {
    const limits = new EvictionLimits();
    limits.placed(7, 0);
    limits.ended(7, 'a', true, 600_000);
    expect(limits.allows('a', 1, 500, 600_000)).to.equal(true);
  });

  it('remember for a minute who lost an instance', () => {
    const limits = new EvictionLimits();
    limits.note('a', ['v'], 0);
    expect([limits.wasStruck('v', 59_999), limits.wasStruck('v', 60_000), limits.wasStruck('a', 1)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});
