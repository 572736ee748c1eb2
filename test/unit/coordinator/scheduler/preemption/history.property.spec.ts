import { expect } from 'chai';
import fc from 'fast-check';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { History, historyStep } from '../../../../support/preemption-history.js';

describe('preemption, whatever happens to the fleet', () => {
  it('takes nothing twice, keeps the gap, gives what is freed to whom it was freed for, and comes to rest', async () => {
    let evictions = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(historyStep, { minLength: 2, maxLength: 8 }), async (steps) => {
        const history = new History(await openFleetFixture());
        for (const action of steps) {
          await history.perform(action);
          history.checkNothingTwice();
        }
        await history.converge();
        history.checkNothingTwice();
        history.checkNothingPossible();
        await history.stop();
        expect(history.problems.join('; ')).to.equal('');
        evictions += history.evictions;
      }),
      { numRuns: 10_000 },
    );
    expect(evictions).to.be.at.least(1000);
  }).timeout(240_000);
});
