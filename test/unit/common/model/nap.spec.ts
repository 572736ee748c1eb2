import { expect } from 'chai';
import { Nap } from '../../../../common/model/nap.js';
import { collectGarbage } from '../../../support/collect-garbage.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** What a sleep may leave behind is less than this, in bytes. */
const LEAST_LEFT = 20;
const TIMES = 100_000;

describe('A nap', () => {
  const { signal } = new AbortController();

  it('lasts as long as it is to, and no longer than until somebody wakes it, or the signal', async () => {
    const clock = new ManualClock();
    const nap = new Nap();
    const over = new AbortController();
    const ended: string[] = [];
    const take = (what: string) => nap.take(clock, 1_000, over.signal).then(() => ended.push(what));
    const first = take('by time');
    await clock.advanceAsync(999);
    expect(ended).to.deep.equal([]);
    await clock.advanceAsync(1);
    await first;
    const second = take('woken');
    nap.wake();
    await second;
    const third = take('by its signal');
    over.abort();
    await third;
    await take('at once');
    expect(ended).to.deep.equal(['by time', 'woken', 'by its signal', 'at once']);
  });

  it('is not ended by whoever woke one before', async () => {
    const clock = new ManualClock();
    const nap = new Nap();
    nap.wake();
    let isOver = false;
    const taken = nap.take(clock, 10, signal).then(() => (isOver = true));
    await clock.advanceAsync(9);
    expect(isOver).to.equal(false);
    await clock.advanceAsync(1);
    await taken;
  });

  it('leaves nothing at a signal that outlives it', async () => {
    const clock = { setTimer: () => () => undefined };
    const nap = new Nap();
    const many = async (): Promise<void> => {
      for (let left = TIMES; left > 0; left -= 1) {
        const taken = nap.take(clock, 1_000, signal);
        nap.wake();
        await taken;
      }
      await collectGarbage();
    };
    await many();
    const before = process.memoryUsage().heapUsed;
    await many();
    expect((process.memoryUsage().heapUsed - before) / TIMES).to.be.below(LEAST_LEFT);
  }).timeout(20_000);
});
