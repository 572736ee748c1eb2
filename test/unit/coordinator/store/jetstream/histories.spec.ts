import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../../support/seeded-random.js';
import { StoreHistory } from '../../../../support/store-history.js';
import type { HistoryStep } from '../../../../support/store-history.js';

const RUNS = Number(process.env.HEADFRAME_TEST_STORE_HISTORIES ?? 60);

const historyOf = (...kinds: HistoryStep[]) =>
  fc.record({
    seed: fc.integer({ min: 1 }),
    steps: fc.array(fc.constantFrom<HistoryStep>('commit', 'commit', 'commitAll', 'read', ...kinds), {
      minLength: 5,
      maxLength: 40,
    }),
  });

describe('Histories of a store over a log', function () {
  this.timeout(RUNS * 1_000);

  it('lose and invent nothing that was acknowledged or read, whoever writes, and whatever comes late or twice', async () => {
    let removals = 0;
    const history = historyOf('load', 'loadTwo', 'crash', 'close', 'late');
    await fc.assert(
      fc.asyncProperty(history, async ({ seed, steps }) => {
        const one = new StoreHistory(seededRandom(seed));
        await one.run(steps);
        removals += one.removals;
      }),
      { numRuns: RUNS },
    );
    // Else nothing came to be removed that somebody might have needed.
    expect(removals).to.be.above(RUNS);
  });

  it('go on from a state that somebody had reached, when servers that write late lose power together', async () => {
    let notes = 0;
    const history = historyOf('load', 'loadTwo', 'crash', 'close', 'late', 'power', 'power');
    await fc.assert(
      fc.asyncProperty(history, async ({ seed, steps }) => {
        const one = new StoreHistory(seededRandom(seed), 'late');
        await one.run(steps);
        notes += one.notes;
      }),
      { numRuns: RUNS },
    );
    // Else none was refused wrongly for what is noted, for nothing was.
    expect(notes).to.be.above(RUNS);
  });
});
