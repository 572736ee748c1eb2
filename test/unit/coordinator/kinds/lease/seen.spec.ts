import { expect } from 'chai';
import fc from 'fast-check';
import type { LeaseRecord } from '../../../../../common/model/lease-record.js';
import { planLease } from '../../../../../coordinator/kinds/lease/plan.js';
import type { LeaseView } from '../../../../../coordinator/kinds/lease/lease-view.js';
import { LEASE_TIMES, leaseRecord, leaseView, readyLease } from '../../../../support/lease-scene.js';

const { now, minute, hour } = LEASE_TIMES;
const WEEK = 168 * hour;
const PASSED = { passed: true, reason: 'lease_ready', text: '' };
const SILENT = { state: 'suspect', name: 'alpha' } as const;

/** How a lease stands after each of these, in their order. */
function after(lease: LeaseRecord, ...views: readonly Partial<LeaseView>[]): LeaseRecord {
  return views.reduce((before, patch) => planLease(leaseView({ ...patch, lease: before })).lease, lease);
}

describe('how a lease was seen', () => {
  it('is nothing before it has been ready', () => {
    expect(after(leaseRecord(), { host: SILENT }, { nowMs: now + minute, host: SILENT }).seen).to.equal(undefined);
  });

  it('counts what its ledger counts as usable', () => {
    const { seen } = after(readyLease(), { verdict: PASSED }, { verdict: PASSED, nowMs: now + minute });
    expect(seen?.usableMs).to.be.closeTo(2 * minute, 50);
    expect(seen).to.include({ doubtfulMs: 0, atMs: now + minute });
  });

  it('counts the time while it is suspect, step by step and to its end', () => {
    const views = [0, 30_000, 60_000, 90_000, 100_000].map((ms) => ({ host: SILENT, nowMs: now + ms }));
    const suspect = after(readyLease(), ...views);
    expect(suspect.seen?.doubtfulMs).to.equal(60_000);
    const back = after(suspect, { verdict: PASSED, nowMs: now + 110_000 });
    expect(back.state).to.equal('ready');
    expect(back.seen?.doubtfulMs).to.be.closeTo(110_000, 50);
    const given = after({ ...suspect, graceMs: 60_000 }, { host: SILENT, nowMs: now + 110_000 });
    expect(given.end?.reason).to.equal('lease_given_up');
    expect(given.seen?.doubtfulMs).to.be.closeTo(110_000, 50);
  });

  it('leaves out doubt that nobody looked at, and that of many hosts at once', () => {
    const suspect = after(readyLease(), { host: SILENT });
    const away = after(suspect, { host: SILENT, nowMs: now + hour / 2 });
    expect(away.seen).to.include({ doubtfulMs: 0, atMs: now + hour / 2 });
    const braked = after(suspect, { host: SILENT, braked: true, nowMs: now + minute });
    expect(braked.seen).to.include({ doubtfulMs: 0, atMs: now + minute });
  });

  it('changes no record that a second look finds as it was', () => {
    const suspect = after(readyLease(), { host: SILENT });
    expect(after(suspect, { host: SILENT, nowMs: now + 1_000 })).to.equal(suspect);
    const ready = after(readyLease(), { verdict: PASSED });
    expect(after(ready, { nowMs: now + 1_000 })).to.equal(ready);
  });

  it('forgets, so that of a long lease the last weeks decide', () => {
    const seen = { usableMs: 50 * hour, doubtfulMs: 50 * hour, atMs: now - WEEK };
    const lease = readyLease({ seen, endsAtMs: now + WEEK });
    const later = after(lease, { verdict: PASSED });
    expect(later.seen?.doubtfulMs).to.be.closeTo((50 * hour) / Math.E, 1);
    expect(later.seen?.usableMs).to.be.closeTo((50 * hour) / Math.E + minute, 1);
  });

  it('never falls below nothing, nor counts more than has passed', () => {
    const step = fc.record({
      ms: fc.nat(10 * minute),
      silent: fc.boolean(),
      verdict: fc.constantFrom(PASSED, undefined),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let nowMs = now;
        const views = steps.map(({ ms, silent, verdict }) => {
          nowMs += ms;
          return { nowMs, verdict: silent ? undefined : verdict, ...(silent && { host: SILENT }) };
        });
        const { seen } = after(readyLease({ endsAtMs: now + WEEK }), ...views);
        const { usableMs, doubtfulMs } = seen ?? { usableMs: 0, doubtfulMs: 0 };
        expect(Math.min(usableMs, doubtfulMs)).to.be.at.least(0);
        expect(usableMs + doubtfulMs).to.be.at.most(nowMs - now + minute);
      }),
    );
  });
});
