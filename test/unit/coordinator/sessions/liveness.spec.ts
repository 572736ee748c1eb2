import { expect } from 'chai';
import { lostAfterMs } from '../../../../common/model/host-lease.js';
import { judgeLiveness } from '../../../../coordinator/sessions/liveness.js';

const LOST_AFTER_MS = lostAfterMs(10_000);
const OPTIONS = { heartbeatPeriodMs: 1000, leaseMs: 10_000 };

describe('judgeLiveness', () => {
  for (const [silentMs, state] of [
    [0, 'ready'],
    [2499, 'ready'],
    [2500, 'suspect'],
    [10_000, 'suspect'],
    [LOST_AFTER_MS - 1, 'suspect'],
    [LOST_AFTER_MS, 'lost'],
  ] as const)
    it(`calls a host silent for ${silentMs} ms ${state}`, () => {
      expect(judgeLiveness(silentMs, OPTIONS).state).to.equal(state);
    });

  it('looks again exactly when the state may change', () => {
    expect(judgeLiveness(500, OPTIONS).nextLookMs).to.equal(2000);
    expect(judgeLiveness(4000, OPTIONS).nextLookMs).to.equal(LOST_AFTER_MS - 4000);
    expect(judgeLiveness(20_000, OPTIONS).nextLookMs).to.equal(Infinity);
  });
});
