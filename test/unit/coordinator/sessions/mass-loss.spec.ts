import { expect } from 'chai';
import fc from 'fast-check';
import { judgeLosses } from '../../../../coordinator/sessions/mass-loss.js';
import type { HostSilence, MassLossOptions } from '../../../../coordinator/sessions/mass-loss.js';

const OPTIONS: MassLossOptions = { share: 0.4, minHosts: 3, windowMs: 300_000 };

/** Hosts by standing, named by standing and number. */
function hosts(counts: Partial<Record<HostSilence['standing'], number>>): HostSilence[] {
  // The keys are those of the record's type.
  const standings = Object.keys(counts) as HostSilence['standing'][];
  return standings.flatMap((standing) =>
    Array.from({ length: counts[standing] ?? 0 }, (_, index) => ({ id: `${standing}-${String(index)}`, standing })),
  );
}

describe('judgeLosses', () => {
  for (const [what, counts, wasBraked, braked, lost, held] of [
    ['loses one host of many', { here: 9, due: 1 }, false, false, 1, 0],
    ['holds as soon as the first of many is due', { here: 4, missing: 5, due: 1 }, false, true, 0, 1],
    ['does not hold at the share itself', { here: 6, due: 4 }, false, false, 4, 0],
    ['holds above it', { here: 6, due: 5 }, false, true, 0, 5],
    ['counts those lost within the window', { here: 6, lost: 4, due: 1 }, false, true, 0, 1],
    ['forgets those lost before', { here: 6, past: 10, due: 1 }, false, false, 1, 0],
    ['waits until one is due', { here: 1, missing: 5 }, false, false, 0, 0],
    ['holds on while none is due', { here: 1, missing: 5 }, true, true, 0, 0],
    ['lets go when enough are back', { here: 6, due: 4 }, true, false, 4, 0],
    ['leaves small fleets alone', { due: 2 }, false, false, 2, 0],
    ['loses those given up though it holds', { here: 1, due: 5, abandoned: 2 }, true, true, 2, 5],
  ] as const)
    it(what, () => {
      const verdict = judgeLosses(hosts(counts), wasBraked, OPTIONS);
      const counted = { braked: verdict.braked, lost: verdict.lost.length, held: verdict.held.length };
      expect(counted).to.deep.equal({ braked, lost, held });
    });

  const silences = fc.array(
    fc.constantFrom<HostSilence['standing']>('here', 'missing', 'due', 'lost', 'past', 'abandoned'),
    { maxLength: 30 },
  );
  const options = fc.record({
    share: fc.double({ min: 0.05, max: 1, noNaN: true }),
    minHosts: fc.integer({ min: 1, max: 10 }),
    windowMs: fc.constant(1),
  });

  it('whatever happens, decides of every due host once, and never loses more than the share unasked', () => {
    fc.assert(
      fc.property(silences, fc.boolean(), options, (standings, wasBraked, given) => {
        const fleet = standings.map((standing, index) => ({ id: String(index), standing }));
        const { lost, held, braked } = judgeLosses(fleet, wasBraked, given);
        const count = (...of: HostSilence['standing'][]): number =>
          standings.filter((standing) => of.includes(standing)).length;
        expect(lost.length + held.length).to.equal(count('due', 'abandoned'));
        expect(new Set([...lost, ...held]).size).to.equal(lost.length + held.length);
        if (!braked) expect(held).to.deep.equal([]);
        const [away, all] = [count('missing', 'due', 'lost'), count('missing', 'due', 'lost', 'here')];
        if (all >= given.minHosts && away > given.share * all) expect(lost.length).to.equal(count('abandoned'));
      }),
      { numRuns: 5_000 },
    );
  });
});
