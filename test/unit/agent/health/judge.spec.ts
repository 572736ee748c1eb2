import { expect } from 'chai';
import { beginHealth, judgeHealth, nextCheckMs } from '../../../../agent/health/judge.js';

const CHECK = {
  probe: { kind: 'tcp', port: 80 },
  startPeriodMs: 5_000,
  intervalMs: 10_000,
  timeoutMs: 1_000,
  retries: 2,
} as const;
const PASSED = { passed: true, detail: 'ok' };
const FAILED = { passed: false, detail: 'refused' };

describe('judgeHealth', () => {
  it('is healthy after one success', () => {
    expect(judgeHealth(CHECK, beginHealth(0), PASSED, 1).verdict).to.equal('healthy');
  });

  it('does not count failures within the start period', () => {
    let state = beginHealth(0);
    for (let nowMs = 0; nowMs < 5_000; nowMs += 500) state = judgeHealth(CHECK, state, FAILED, nowMs);
    expect(state).to.include({ verdict: 'checking', failuresInRow: 0 });
  });

  it('condemns after the allowed failures in a row, and a success between clears them', () => {
    let state = judgeHealth(CHECK, beginHealth(0), FAILED, 6_000);
    state = judgeHealth(CHECK, state, PASSED, 6_500);
    state = judgeHealth(CHECK, state, FAILED, 7_000);
    expect(state.verdict).to.equal('healthy');
    expect(judgeHealth(CHECK, state, FAILED, 8_000).verdict).to.equal('unhealthy');
  });

  it('checks often until the first success', () => {
    expect(nextCheckMs(CHECK, beginHealth(0))).to.equal(500);
    expect(nextCheckMs(CHECK, judgeHealth(CHECK, beginHealth(0), PASSED, 1))).to.equal(10_000);
  });
});
