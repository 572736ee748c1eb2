import { expect } from 'chai';
import fc from 'fast-check';
import { JoinLimiter } from '../../../../../coordinator/security/credentials/join-limiter.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const LIMITS = { perAddress: 3, overall: 5, windowMs: 60_000 };

describe('the limit on joins that fail', () => {
  let clock: ManualClock;
  let limiter: JoinLimiter;
  beforeEach(() => {
    clock = new ManualClock();
    limiter = new JoinLimiter(clock, LIMITS);
  });
  const fail = (...peers: string[]): void => {
    for (const peer of peers) limiter.failed(peer);
  };

  it('keeps an address away after so many, from whatever port, and nobody else', () => {
    fail('10.0.0.1:1', '10.0.0.1:2', '::ffff:10.0.0.1:3');
    expect(limiter.waitMs('10.0.0.1:4')).to.equal(60_000);
    expect(limiter.waitMs('10.0.0.2:4')).to.equal(0);
  });

  it('takes a network of IPv6 for one address', () => {
    fail('[2001:db8:1:2::1]:1', '[2001:db8:1:2::2]:1', '[2001:db8:1:2:9::3]:1');
    expect(limiter.waitMs('[2001:db8:1:2::4]:1')).to.be.above(0);
    expect(limiter.waitMs('[2001:db8:1:3::4]:1')).to.equal(0);
  });

  it('keeps everybody away after so many in all', () => {
    fail(...[1, 2, 3, 4, 5].map((host) => `10.0.0.${String(host)}:1`));
    expect(limiter.waitMs('10.0.0.9:1')).to.equal(60_000);
  });

  it('forgets a failure after the window', () => {
    fail('10.0.0.1:1');
    clock.advance(30_000);
    fail('10.0.0.1:1', '10.0.0.1:1');
    expect(limiter.waitMs('10.0.0.1:1')).to.equal(30_000);
    clock.advance(30_000);
    expect(limiter.waitMs('10.0.0.1:1')).to.equal(0);
  });

  it('never lets more fail within a window than it may', () => {
    const tries = fc.array(fc.tuple(fc.nat(3), fc.nat(20_000)), { maxLength: 100 });
    fc.assert(
      fc.property(tries, (steps) => {
        const time = new ManualClock();
        const strict = new JoinLimiter(time, LIMITS);
        const failed: { host: number; at: number }[] = [];
        for (const [host, pauseMs] of steps) {
          time.advance(pauseMs);
          const peer = `10.0.0.${String(host)}:1`;
          if (strict.waitMs(peer) > 0) continue;
          strict.failed(peer);
          failed.push({ host, at: time.monotonicMs() });
          const recent = failed.filter(({ at }) => time.monotonicMs() - at < LIMITS.windowMs);
          expect(recent.length).to.be.at.most(LIMITS.overall);
          expect(recent.filter((one) => one.host === host).length).to.be.at.most(LIMITS.perAddress);
        }
      }),
    );
  });
});
