import { expect } from 'chai';
import { LOST_MARGIN_MS, judgeLiveness } from '../../../../coordinator/sessions/liveness.js';

const OPTIONS = { heartbeatPeriodMs: 1000, leaseMs: 10_000 };

describe('judgeLiveness', () => {
  for (const [silentMs, state] of [
    [0, 'ready'],
    [2499, 'ready'],
    [2500, 'suspect'],
    [10_000, 'suspect'],
    [10_000 + LOST_MARGIN_MS - 1, 'suspect'],
    [10_000 + LOST_MARGIN_MS, 'lost'],
  ] as const)
    it(`calls a host silent for ${silentMs} ms ${state}`, () => {
      expect(judgeLiveness(silentMs, OPTIONS).state).to.equal(state);
    });

  it('looks again exactly when the state may change', () => {
    expect(judgeLiveness(500, OPTIONS).nextLookMs).to.equal(2000);
    expect(judgeLiveness(4000, OPTIONS).nextLookMs).to.equal(6000 + LOST_MARGIN_MS);
    expect(judgeLiveness(20_000, OPTIONS).nextLookMs).to.equal(Infinity);
  });
});
