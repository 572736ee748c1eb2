import { expect } from 'chai';
import { leaseNowMs, tick } from '../../../../../coordinator/kinds/lease/lease-clock.js';
import type { LeaseTime } from '../../../../../coordinator/kinds/lease/lease-clock.js';

const HOUR = 3_600_000;
const AT: LeaseTime = { wallMs: 1_000_000_000, bootMs: 5_000, offsetMs: 0, bootId: 'one' };

function after(before: LeaseTime, passedMs: number, jumpMs = 0, bootId = 'one'): ReturnType<typeof tick> {
  return tick(before, { wallMs: before.wallMs + passedMs + jumpMs, bootMs: before.bootMs + passedMs, bootId });
}

describe("the leases' clock", () => {
  it('goes with the wall clock, also where that is slewed', () => {
    expect(leaseNowMs(after(AT, 60_000))).to.equal(AT.wallMs + 60_000);
    expect(after(AT, HOUR, 1_800)).to.include({ offsetMs: 0, jumpMs: 0 });
  });

  it('goes on as if nothing were where the wall clock is set ahead, or back, and when it is put right', () => {
    for (const jumpMs of [2 * HOUR, -2 * HOUR]) {
      const set = after(AT, 1_000, jumpMs);
      expect(leaseNowMs(set)).to.equal(AT.wallMs + 1_000);
      expect(set.jumpMs).to.equal(jumpMs);
      const later = after(set, 1_000);
      expect(leaseNowMs(later)).to.equal(AT.wallMs + 2_000);
      expect(after(later, 1_000, -jumpMs)).to.include({ offsetMs: 0, wallMs: AT.wallMs + 3_000 });
    }
  });

  it('goes on over a suspend, which the boot clock counts', () => {
    expect(leaseNowMs(after(AT, 9 * HOUR))).to.equal(AT.wallMs + 9 * HOUR);
  });

  it('believes the wall clock after another boot, but keeps what it had taken out', () => {
    const set = after(AT, 1_000, HOUR);
    const rebooted = tick(set, { wallMs: set.wallMs + 5_000, bootMs: 100, bootId: 'two' });
    expect(leaseNowMs(rebooted)).to.equal(AT.wallMs + 6_000);
  });
});
