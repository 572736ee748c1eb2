import { expect } from 'chai';
import { TermWatch } from '../../../../../agent/kinds/lease/term-watch.js';
import { leftMs, toldTerm } from '../../../../../agent/kinds/lease/terms.js';
import type { StoredTerm } from '../../../../../agent/kinds/lease/terms.js';
import { leaseTermsFromWire, leaseTermsToWire } from '../../../../../common/wire/agent.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const HOUR = 3_600_000;
const TOLD = { bootId: 'one', bootMs: 500_000, nowMs: 1_700_000_000_000 };
const TERM = toldTerm({ serial: 7, remainingMs: HOUR }, TOLD);

describe('the term of a lease on its host', () => {
  it('runs on the clock that counts suspend, whatever the wall clock says', () => {
    const at = (passedMs: number, jumpMs: number) =>
      leftMs(TERM, { bootId: 'one', bootMs: TOLD.bootMs + passedMs, nowMs: TOLD.nowMs + passedMs + jumpMs });
    for (const jumpMs of [0, 5 * HOUR, -5 * HOUR]) {
      expect(at(HOUR - 1, jumpMs)).to.equal(1);
      expect(at(HOUR, jumpMs)).to.equal(0);
    }
  });

  it('goes on by the wall clock over a boot, and is never longer than was told', () => {
    const booted = (wallMs: number) => leftMs(TERM, { bootId: 'two', bootMs: 3_000, nowMs: TOLD.nowMs + wallMs });
    expect(booted(HOUR / 2)).to.equal(HOUR / 2);
    expect(booted(HOUR)).to.equal(0);
    expect(booted(-9 * HOUR)).to.equal(HOUR);
    // A boot clock that has begun anew, as that of a container may.
    expect(leftMs(TERM, { ...TOLD, bootMs: 0 })).to.equal(HOUR);
  });
});

describe('the watch over terms', () => {
  function open(terms: readonly StoredTerm[] = []) {
    const clock = new ManualClock();
    const [over, state]: [
      number[],
      { terms: readonly StoredTerm[]; saves: number; setTerms(t: readonly StoredTerm[]): void },
    ] = [
      [],
      {
        terms,
        saves: 0,
        setTerms(next) {
          this.terms = next;
          this.saves += 1;
        },
      },
    ];
    const watch = new TermWatch({ state, clock, bootId: 'one', onOver: (serial) => over.push(serial) });
    return { clock, over, state, watch };
  }

  it('tells of leases whose term is over while nobody else is there, also after a restart of the agent', () => {
    const { clock, over, state, watch } = open();
    watch.take([
      { serial: 7, remainingMs: 1_000 },
      { serial: 8, remainingMs: HOUR },
    ]);
    clock.advance(999);
    watch.look();
    expect(over).to.deep.equal([]);
    const restarted = new TermWatch({ state, clock, bootId: 'one', onOver: (serial) => over.push(serial) });
    clock.advance(1);
    restarted.look();
    expect(over).to.deep.equal([7]);
    expect([restarted.isOver(7), restarted.isOver(8), restarted.isOver(9)]).to.deep.equal([true, false, false]);
  });

  it('follows what the coordinator says last, and writes nothing where that is the same', () => {
    const { clock, state, watch } = open();
    watch.take([{ serial: 7, remainingMs: HOUR }]);
    clock.advance(60_000);
    watch.take([{ serial: 7, remainingMs: HOUR - 60_000 }]);
    expect(state.saves).to.equal(1);
    watch.take([{ serial: 7, remainingMs: 2 * HOUR }]);
    clock.advance(HOUR);
    expect(watch.isOver(7)).to.equal(false);
    watch.take([]);
    expect(state.terms).to.deep.equal([]);
  });
});

describe('terms on the wire', () => {
  it('come as they were told, and never below nought', () => {
    const told = leaseTermsToWire([
      { serial: 7, remainingMs: 1_000 },
      { serial: 8, remainingMs: -5 },
    ]);
    expect(leaseTermsFromWire(told)).to.deep.equal([
      { serial: 7, remainingMs: 1_000 },
      { serial: 8, remainingMs: 0 },
    ]);
  });
});
