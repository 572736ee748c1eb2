import { expect } from 'chai';
import fc from 'fast-check';
import { EMPTY_LEDGER, usableMs } from '../../../../../common/model/lease-record.js';
import { closed, withPass } from '../../../../../coordinator/kinds/lease/ledger.js';

const GAP = 100;

describe('the ledger of a lease', () => {
  it('counts the time between probes that passed, and none before the first', () => {
    const first = withPass(EMPTY_LEDGER, 1_000, GAP);
    expect(usableMs(first)).to.equal(0);
    expect(usableMs(withPass(withPass(first, 1_060, GAP), 1_120, GAP))).to.equal(120);
  });

  it('counts nothing after the last probe that passed', () => {
    const used = withPass(withPass(EMPTY_LEDGER, 1_000, GAP), 1_060, GAP);
    const ended = closed(used);
    expect(ended).to.deep.equal({ closedMs: 60, intervals: [{ fromMs: 1_000, untilMs: 1_060 }], folded: 0 });
    expect(usableMs(withPass(ended, 9_000, GAP))).to.equal(60);
  });

  it('begins anew where nobody looked for long', () => {
    const used = withPass(withPass(EMPTY_LEDGER, 1_000, GAP), 1_050, GAP);
    const again = withPass(used, 1_151, GAP);
    expect(usableMs(again)).to.equal(50);
    expect(again.open).to.deep.equal({ fromMs: 1_151, untilMs: 1_151 });
  });

  it('lists the latest hundred intervals and loses no time of the earlier ones', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: GAP }), { maxLength: 250 }), (lengths) => {
        let [ledger, at] = [EMPTY_LEDGER, 0];
        for (const length of lengths) {
          ledger = closed(withPass(withPass(ledger, at, GAP), at + length, GAP));
          at += length + GAP + 1;
        }
        expect(usableMs(ledger)).to.equal(lengths.reduce((sum, length) => sum + length, 0));
        expect(ledger.intervals.length + ledger.folded).to.equal(lengths.length);
        expect(ledger.intervals).to.have.length.at.most(100);
      }),
    );
  });

  it('never goes back, whatever the probes', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let [ledger, at, before] = [EMPTY_LEDGER, 0, 0];
        for (const [passedMs, ok] of steps) {
          at += passedMs;
          ledger = ok ? withPass(ledger, at, GAP) : closed(ledger);
          expect(usableMs(ledger)).to.be.within(before, at);
          before = usableMs(ledger);
        }
      }),
    );
  });
});
