import { expect } from 'chai';
import { SweepWindow } from '../../../../coordinator/verify/sweep-window.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('SweepWindow', () => {
  it('opens once everybody has arrived, and not before', async () => {
    const window = new SweepWindow(2, new ManualClock());
    const [a, b] = [window.seat(), window.seat()];
    let isOpen = false;
    const arrived = a.arrive().then((is) => (isOpen = is));
    await Promise.resolve();
    expect(isOpen).to.equal(false);
    expect(await b.arrive()).to.equal(true);
    expect(await arrived).to.equal(true);
  });

  it('opens for nobody where one ends before it has arrived, or comes too late', async () => {
    const clock = new ManualClock();
    const left = new SweepWindow(2, clock);
    const waiting = left.seat().arrive();
    left.seat().end(true);
    expect(await waiting).to.equal(false);
    const late = new SweepWindow(2, clock);
    const [a, b] = [late.seat(), late.seat()];
    const first = a.arrive();
    clock.advance(60_000);
    expect([await first, await b.arrive()]).to.deep.equal([false, false]);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('is whole once all have ended, unless one came to nothing', async () => {
    const outcome = (voids: readonly boolean[]) => {
      const window = new SweepWindow(voids.length, new ManualClock());
      const seats = voids.map(() => window.seat());
      for (const seat of seats) void seat.arrive();
      seats.forEach((seat, at) => {
        seat.end(voids[at] ?? true);
        // Only the first word counts.
        seat.end(true);
      });
      return Promise.all(seats.map((seat) => seat.whole()));
    };
    expect(await outcome([false, false])).to.deep.equal([true, true]);
    expect(await outcome([false, true])).to.deep.equal([false, false]);
  });
});
