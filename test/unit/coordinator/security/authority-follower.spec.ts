import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { AuthorityFollower } from '../../../../coordinator/security/authority-follower.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Lets what is ready run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('AuthorityFollower', () => {
  let clock: ManualClock;
  let over: AbortController;
  let answers: (boolean | Error)[];
  let looks: number;
  let renewals: number;
  let replaced: (() => void) | undefined;
  let watch: (replaced: () => void, signal: AbortSignal) => Promise<void>;

  beforeEach(() => {
    [clock, over, answers, looks, renewals, replaced] = [new ManualClock(), new AbortController(), [], 0, 0, undefined];
    watch = (tell, signal) => {
      replaced = tell;
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    };
  });

  function start(): Promise<void> {
    const authority = {
      digest: 'sha256:0',
      refresh: () => {
        looks += 1;
        const answer = answers.shift() ?? false;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const certificates = {
      renew: () => {
        renewals += 1;
        return Promise.resolve();
      },
    };
    const place = { watch: (tell: () => void, signal: AbortSignal) => watch(tell, signal) };
    return new AuthorityFollower({ place, authority, certificates, clock, logger: silentLogger }).start(over.signal);
  }

  it('takes over what is told at once, and renews its certificates for that alone', async () => {
    const running = start();
    await settled();
    expect([looks, renewals]).to.deep.equal([1, 0]);
    answers = [true, false];
    replaced?.();
    await settled();
    expect([looks, renewals]).to.deep.equal([2, 1]);
    replaced?.();
    await settled();
    expect([looks, renewals]).to.deep.equal([3, 1]);
    over.abort();
    await running;
    expect(clock.pendingTimers).to.equal(0);
  });

  it('looks by itself where nothing is told, and goes on after what cannot be read', async () => {
    watch = () => Promise.reject(new Error('away'));
    answers = [new HeadframeError({ code: 'unavailable', reason: 'away', message: 'away' }), true];
    const running = start();
    await settled();
    expect([looks, renewals]).to.deep.equal([1, 0]);
    clock.advance(30_000);
    await settled();
    expect([looks, renewals]).to.deep.equal([2, 1]);
    over.abort();
    await running;
  });
});
