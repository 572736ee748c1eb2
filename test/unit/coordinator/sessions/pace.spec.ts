import { expect } from 'chai';
import { Pace } from '../../../../coordinator/sessions/pace.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('Pace', () => {
  let clock: ManualClock;
  let released: string[];
  let pace: Pace<string>;

  beforeEach(() => {
    clock = new ManualClock();
    released = [];
    pace = new Pace(clock, (item) => released.push(item));
  });

  it('lets what comes rarely go at once', () => {
    pace.add(['a', 'b']);
    clock.advance(30);
    pace.add(['a']);
    expect(released).to.deep.equal(['a', 'b', 'a']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('gathers what comes often until it comes no more', () => {
    for (let round = 0; round < 20; round += 1) {
      pace.add(['a', 'b']);
      clock.advance(10);
    }
    expect(released).to.deep.equal(['a', 'b']);
    clock.advance(60);
    expect(released).to.deep.equal(['a', 'b', 'a', 'b']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('lets nothing wait for more than about a second', () => {
    pace.add(['first']);
    for (let round = 0; round < 150; round += 1) {
      pace.add([`n${String(round)}`]);
      clock.advance(10);
    }
    expect(released).to.include.members(['n0', 'n40']);
    expect(released).to.not.include('n149');
  });

  it('takes longer to believe that it is over, the more has come', () => {
    const many = Array.from({ length: 8_000 }, (_, index) => String(index));
    pace.add(['a']);
    for (let round = 0; round < 4; round += 1) {
      pace.add(many);
      clock.advance(200);
    }
    expect(released).to.have.length(1);
    clock.advance(600);
    expect(released).to.have.length(8_001);
  });

  it('forgets what has gone', () => {
    pace.add(['a']);
    pace.add(['a', 'b']);
    pace.remove('a');
    clock.advance(100);
    expect(released).to.deep.equal(['a', 'b']);
  });
});
