import { expect } from 'chai';
import { Pace } from '../../../../coordinator/sessions/pace.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('Pace', () => {
  let clock: ManualClock;
  let released: string[];
  let isMoreComing: boolean;
  let pace: Pace<string>;

  beforeEach(() => {
    clock = new ManualClock();
    released = [];
    isMoreComing = false;
    pace = new Pace({ clock, isMoreComing: () => isMoreComing, release: (item) => released.push(item) });
  });

  it('lets all go at once while no more is coming', () => {
    pace.add(['a', 'b']);
    pace.add(['a']);
    expect(released).to.deep.equal(['a', 'b', 'a']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('gathers what comes until no more is coming', () => {
    isMoreComing = true;
    for (let round = 0; round < 4; round += 1) {
      pace.add(['a', 'b']);
      clock.advance(10);
    }
    expect(released).to.deep.equal([]);
    isMoreComing = false;
    clock.advance(10);
    expect(released).to.deep.equal(['a', 'b']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('lets a few wait for about a quarter of a second', () => {
    isMoreComing = true;
    pace.add(['first']);
    clock.advance(100);
    pace.add(['second']);
    clock.advance(200);
    expect(released).to.deep.equal(['first']);
  });

  it('lets ten thousand wait for fifteen seconds and none for longer', () => {
    isMoreComing = true;
    const many = Array.from({ length: 10_000 }, (_, index) => String(index));
    pace.add(many);
    clock.advance(14_900);
    expect(released).to.have.length(0);
    clock.advance(200);
    expect(released).to.have.length(10_000);
  });

  it('forgets what has gone', () => {
    isMoreComing = true;
    pace.add(['a', 'b']);
    pace.remove('a');
    clock.advance(300);
    expect(released).to.deep.equal(['b']);
  });
});
