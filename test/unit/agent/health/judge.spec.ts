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

  it('lets a check that says nothing change nothing but its words', () => {
    const healthy = judgeHealth(CHECK, beginHealth(0), PASSED, 1);
    let state = healthy;
    for (let i = 0; i < 9; i += 1) state = judgeHealth(CHECK, state, { passed: undefined, detail: 'away' }, 9_000 + i);
    expect(state).to.deep.equal({ ...healthy, detail: 'away' });
  });

  it("takes the engine's verdict of the image's own check as final, which has counted for itself", () => {
    const check = { ...CHECK, probe: { kind: 'image' } } as const;
    expect(judgeHealth(check, beginHealth(0), FAILED, 1).verdict).to.equal('unhealthy');
  });

  it('checks often until the first success', () => {
    expect(nextCheckMs(CHECK, beginHealth(0))).to.equal(500);
    expect(nextCheckMs(CHECK, judgeHealth(CHECK, beginHealth(0), PASSED, 1))).to.equal(10_000);
  });
});
