import { expect } from 'chai';
import { HostLease } from '../../../../agent/session/host-lease.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('HostLease', () => {
  it('does not hold before the first renewal', () => {
    expect(new HostLease(new ManualClock(), 'boot', undefined).isHeldFor(0)).to.equal(false);
  });

  it('ends a lease length after the heartbeat was sent, however late the answer came', () => {
    const clock = new ManualClock();
    const lease = new HostLease(clock, 'boot', undefined);
    const sentAtBootMs = clock.bootMs();
    clock.advance(9_000);
    lease.renew(sentAtBootMs, 30_000, 0);
    clock.advance(20_999);
    expect(lease.isHeldFor(0)).to.equal(true);
    clock.advance(1);
    expect(lease.isHeldFor(0)).to.equal(false);
  });

  it('ends earlier by the time an instance takes to stop, but by a third of its length at most', () => {
    const clock = new ManualClock();
    const lease = new HostLease(clock, 'boot', undefined);
    lease.renew(clock.bootMs(), 30_000, 0);
    clock.advance(19_999);
    expect([lease.isHeldFor(5_000), lease.isHeldFor(60_000)]).to.deep.equal([true, true]);
    clock.advance(1);
    expect([lease.isHeldFor(5_000), lease.isHeldFor(60_000)]).to.deep.equal([true, false]);
    clock.advance(5_000);
    expect(lease.isHeldFor(5_000)).to.equal(false);
  });

  it('goes on to run out while the machine is suspended, and when the wall clock is set back', () => {
    const clock = new ManualClock();
    const lease = new HostLease(clock, 'boot', undefined);
    lease.renew(clock.bootMs(), 30_000, 0);
    clock.jumpWall(-3_600_000);
    clock.suspend(30_000);
    expect(lease.isHeldFor(0)).to.equal(false);
  });

  it('survives a restart of the agent, not one of the machine', () => {
    const clock = new ManualClock();
    const stored = new HostLease(clock, 'boot', undefined).renew(clock.bootMs(), 30_000, 0);
    expect(new HostLease(clock, 'boot', stored).isHeldFor(0)).to.equal(true);
    expect(new HostLease(clock, 'another boot', stored).isHeldFor(0)).to.equal(false);
  });

  it('is never shortened by an answer to an older heartbeat', () => {
    const clock = new ManualClock();
    const lease = new HostLease(clock, 'boot', undefined);
    const first = clock.bootMs();
    clock.advance(10_000);
    lease.renew(clock.bootMs(), 30_000, 0);
    lease.renew(first, 30_000, 0);
    clock.advance(29_999);
    expect(lease.isHeldFor(0)).to.equal(true);
  });

  it('leaves room for the stop grace also after a restart of the agent', () => {
    const clock = new ManualClock();
    const stored = new HostLease(clock, 'boot', undefined).renew(clock.bootMs(), 30_000, 0);
    clock.advance(25_000);
    const lease = new HostLease(clock, 'boot', stored);
    expect([lease.isHeldFor(1_000), lease.isHeldFor(5_000)]).to.deep.equal([true, false]);
    expect(lease.leftMs()).to.equal(5_000);
  });

  it('does not believe a stored lease that ends later than one renewed now would', () => {
    const before = new ManualClock();
    before.advance(864_000_000);
    const stored = new HostLease(before, 'boot', undefined).renew(before.bootMs(), 30_000, 0);
    const restarted = new ManualClock();
    const lease = new HostLease(restarted, 'boot', stored);
    expect([lease.isHeldFor(0), lease.leftMs()]).to.deep.equal([false, 0]);
    lease.renew(restarted.bootMs(), 30_000, 0);
    restarted.advance(30_000);
    expect(lease.isHeldFor(0)).to.equal(false);
  });

  it('comes back, once it has run out, only by a heartbeat sent after the agent heard what is still its own', () => {
    const clock = new ManualClock();
    const lease = new HostLease(clock, 'boot', undefined);
    lease.renew(clock.bootMs(), 30_000, Infinity);
    expect(lease.isHeldFor(0)).to.equal(false);
    lease.renew(clock.bootMs(), 30_000, clock.bootMs());
    clock.advance(29_999);
    expect(lease.renew(clock.bootMs(), 30_000, Infinity)).not.to.equal(undefined);
    clock.advance(30_000);
    const sentAtBootMs = clock.bootMs();
    expect(lease.renew(sentAtBootMs, 30_000, sentAtBootMs + 1)).to.equal(undefined);
    expect(lease.isHeldFor(0)).to.equal(false);
  });
});
