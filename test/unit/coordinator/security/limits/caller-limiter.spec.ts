import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { CallerLimiter } from '../../../../../coordinator/security/limits/index.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const ADA = { role: 'operator', name: 'ada' } as const;
const HOST = { role: 'agent', name: 'h1' } as const;

describe('the limits of each caller', () => {
  function open() {
    const clock = new ManualClock();
    const limits = { clients: { callsPerSecond: 2, callsAtOnce: 10 }, agents: { callsPerSecond: 1, callsAtOnce: 3 } };
    return { clock, limiter: new CallerLimiter(clock, limits) };
  }

  function refusal(reason: string, call: () => unknown): HeadframeError {
    try {
      call();
    } catch (error) {
      if (error instanceof HeadframeError && error.reason === reason) return error;
      throw error;
    }
    throw new Error('it was let in');
  }

  it("let four seconds' calls come at once, then as many as time brings", () => {
    const { clock, limiter } = open();
    const call = (): void => {
      limiter.enter(ADA)();
    };
    for (let at = 0; at < 8; at += 1) call();
    const error = refusal('caller_rate_limited', call);
    expect(error.code).to.equal('resource_exhausted');
    expect(error.metadata).to.deep.equal({ retryAfterSeconds: '1' });
    clock.advance(499);
    refusal('caller_rate_limited', call);
    clock.advance(1);
    call();
    refusal('caller_rate_limited', call);
    clock.advance(3_600_000);
    for (let at = 0; at < 8; at += 1) call();
    refusal('caller_rate_limited', call);
  });

  it('bound what is open at once, and give it back once for each call that ends', () => {
    const { clock, limiter } = open();
    const leave = limiter.enter(HOST);
    limiter.enter(HOST);
    limiter.enter(HOST);
    clock.advance(3_600_000);
    const error = refusal('caller_concurrency', () => limiter.enter(HOST));
    expect(error.code).to.equal('resource_exhausted');
    leave();
    limiter.enter(HOST);
    refusal('caller_concurrency', () => limiter.enter(HOST));
  });

  it('are those of one identity: no other is hurt, and agents have their own', () => {
    const { limiter } = open();
    for (let at = 0; at < 3; at += 1) limiter.enter(HOST);
    refusal('caller_concurrency', () => limiter.enter(HOST));
    limiter.enter({ role: 'agent', name: 'h2' });
    for (let at = 0; at < 8; at += 1) limiter.enter({ ...ADA, name: 'h1' });
    refusal('caller_rate_limited', () => limiter.enter({ ...ADA, name: 'h1' }));
    limiter.enter({ role: 'viewer', name: 'h1' });
  });

  it('remember a bounded number of those that are gone, and all that have calls open', () => {
    const { limiter } = open();
    limiter.enter({ role: 'agent', name: 'open' });
    for (let at = 0; at < 20_000; at += 1) limiter.enter({ role: 'agent', name: `h-${String(at)}` })();
    expect(limiter.size).to.equal(16_384 + 1);
  });
});
