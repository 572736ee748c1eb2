import { expect } from 'chai';
import { Quiet } from '../../../../coordinator/shared/quiet.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('Quiet', () => {
  it('tells what was there each time in the same state for long enough', () => {
    const clock = new ManualClock();
    const quiet = new Quiet(clock, 100);
    const look = (states: Readonly<Record<string, string>>): string[] => quiet.quiet(new Map(Object.entries(states)));
    expect(look({ same: '1', changed: '1', gone: '1' })).to.deep.equal([]);
    clock.advance(50);
    expect(look({ same: '1', changed: '2' })).to.deep.equal([]);
    clock.advance(50);
    expect(look({ same: '1', changed: '2', gone: '1' })).to.deep.equal(['same']);
    clock.advance(50);
    expect(look({ changed: '2', gone: '1' })).to.deep.equal(['changed']);
    clock.advance(50);
    expect(look({ changed: '2', gone: '1' })).to.deep.equal(['changed', 'gone']);
  });
});
