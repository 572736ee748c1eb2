import { expect } from 'chai';
import fc from 'fast-check';
import { keepVerdict } from '../../../../../common/model/verdict.js';
import type { VerdictHistory, VerdictRecord } from '../../../../../common/model/verdict.js';
import type { HostVerification } from '../../../../../common/model/verification.js';
import { VALID_MS, verificationOf } from '../../../../../coordinator/verify/scores/standing.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';

const START_MS = 1_000_000_000_000;
const NONE = { verified: {}, clearedAtMs: 0 };

/** Verdicts of one series, a second apart. */
function series(...patches: readonly Partial<VerdictRecord>[]): VerdictRecord[] {
  return patches.map((patch, at) => sampleVerdict(`v${String(at)}`, { atMs: START_MS + at * 1000, ...patch }));
}

function historiesOf(verdicts: readonly VerdictRecord[]): VerdictHistory[] {
  const byType = new Map<string, VerdictHistory>();
  for (const verdict of verdicts) byType.set(verdict.type, keepVerdict(byType.get(verdict.type), verdict));
  return [...byType.values()];
}

const PASSED = { outcome: 'passed' } as const;
const LATE = { outcome: 'failed', reason: 'challenge_late', units: 0 } as const;
const LIED = { outcome: 'failed', reason: 'challenge_wrong_opening', units: 0 } as const;
const VOID = { outcome: 'void', units: 0 } as const;

function judge(verdicts: readonly VerdictRecord[], nowMs = START_MS + 60_000, before?: HostVerification) {
  return verificationOf({ histories: historiesOf(verdicts), before, nowMs });
}

describe('What verdicts make of a host', () => {
  it('is nothing at first', () => {
    expect(judge([])).to.deep.equal(NONE);
  });

  it('is the largest amount of each type that was proven, until seven days after it was', () => {
    const verdicts = series(
      { claimed: 4000, units: 190 },
      { claimed: 8000, units: 410 },
      { claimed: 2000, units: 99 },
      { type: 'memory', claimed: 4096, units: 2048 },
    );
    const [, cpu, , memory] = verdicts.map(({ atMs }) => ({ atMs, untilMs: atMs + VALID_MS }));
    const proven = { amount: 2048, units: 2048, ...memory };
    expect(judge(verdicts)).to.deep.equal({
      verified: { cpu: { amount: 8000, units: 410, ...cpu }, memory: proven },
      clearedAtMs: 0,
    });
    expect(judge(verdicts, START_MS + 1000 + VALID_MS).verified.cpu).to.include({ amount: 2000 });
    expect(judge(verdicts, START_MS + 3000 + VALID_MS)).to.deep.equal(NONE);
  });

  it('is a quarantine at once after a wrong answer, with nothing proven any more', () => {
    const after = judge(series(PASSED, LIED, PASSED));
    expect(after.quarantine).to.include({ challenge: 'v1', type: 'cpu', reason: 'challenge_wrong_opening' });
    expect(after.verified).to.deep.equal({});
  });

  const chance: [string, Partial<VerdictRecord>[], boolean][] = [
    ['one that was too slow', [PASSED, LATE], false],
    ['two that were too slow', [PASSED, LATE, LATE], true],
    ['a pass between two that were too slow', [LATE, PASSED, LATE], false],
    ['a void one between two that were too slow', [LATE, VOID, LATE], true],
    ['two too slow ones of two types', [LATE, { ...LATE, type: 'memory' }], false],
    ['nothing but void ones', [VOID, VOID, VOID], false],
  ];
  for (const [what, patches, quarantined] of chance)
    it(`is ${quarantined ? 'a' : 'no'} quarantine after ${what}`, () => {
      expect(judge(series(...patches)).quarantine !== undefined).to.equal(quarantined);
    });

  it('stays a quarantine whatever is passed later, until it is cleared, and then counts nothing of before', () => {
    const { quarantine } = judge(series(LIED));
    const passed = series(LIED, PASSED, PASSED).slice(1);
    expect(judge(passed, START_MS + 60_000, { verified: {}, quarantine, clearedAtMs: 0 }).quarantine).to.equal(
      quarantine,
    );
    const cleared = { verified: {}, clearedAtMs: START_MS + 1000 };
    const after = judge(series(LIED, PASSED, PASSED), START_MS + 60_000, cleared);
    expect(after.quarantine).to.equal(undefined);
    expect(after.verified.cpu?.atMs).to.equal(START_MS + 2000);
  });

  it('holds no more than what was proven, and nothing in quarantine', () => {
    const patch = fc.record({
      type: fc.constantFrom('cpu', 'memory', 'disk'),
      outcome: fc.constantFrom('passed', 'passed', 'failed', 'void'),
      reason: fc.constantFrom('challenge_late', 'challenge_wrong_tag'),
      claimed: fc.nat(9000),
      units: fc.nat(9000),
      atMs: fc.integer({ min: START_MS - 2 * VALID_MS, max: START_MS }),
    });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 12 }), (patches) => {
        const verdicts = series(...patches.toSorted((a, b) => a.atMs - b.atMs));
        const { verified, quarantine } = judge(verdicts, START_MS);
        if (quarantine !== undefined) expect(verified).to.deep.equal({});
        for (const [type, { amount, untilMs }] of Object.entries(verified)) {
          const passed = verdicts.filter((one) => one.type === type && one.outcome === 'passed');
          expect(passed.some((one) => one.claimed >= amount && one.atMs + VALID_MS === untilMs)).to.equal(true);
          expect(untilMs).to.be.greaterThan(START_MS);
        }
      }),
    );
  });
});
