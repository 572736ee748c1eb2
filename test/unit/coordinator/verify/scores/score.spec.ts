import { expect } from 'chai';
import fc from 'fast-check';
import type { VerdictHistory } from '../../../../../common/model/verdict.js';
import { UNVERIFIED } from '../../../../../common/model/verification.js';
import { freshnessAt, reliabilityOf, scoreKey, scoreOf } from '../../../../../coordinator/verify/scores/score.js';
import type { Outcome, Score, ScoreFacts } from '../../../../../coordinator/verify/scores/score.js';
import { VALID_MS, verificationOf } from '../../../../../coordinator/verify/scores/standing.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 1_000_000_000_000;

const passes = (type: 'cpu' | 'memory', ...atMs: readonly number[]): VerdictHistory => ({
  hostId: 'host-1',
  type,
  verdicts: atMs.map((at, index) => sampleVerdict(`${type}${String(index)}`, { type, atMs: at })),
});

function factsOf(histories: readonly VerdictHistory[], patch: Partial<ScoreFacts> = {}): ScoreFacts {
  const nowMs = patch.nowMs ?? NOW_MS;
  const verification = verificationOf({ histories, before: undefined, nowMs });
  return { verification, histories, types: ['cpu', 'memory'], probes: [], leases: [], nowMs, ...patch };
}

const outcome: fc.Arbitrary<Outcome> = fc.record({
  success: fc.double({ min: 0, max: 1, noNaN: true }),
  atMs: fc.integer({ min: NOW_MS - 30 * DAY_MS, max: NOW_MS }),
  voice: fc.constantFrom(undefined, 'ada', 'bob'),
});
const outcomes = fc.array(outcome, { maxLength: 20 });

describe('The score of a host', () => {
  it('is verified units × reliability × freshness', () => {
    const histories = [passes('cpu', NOW_MS - HOUR_MS), passes('memory', NOW_MS - 4 * DAY_MS)];
    const probes = [{ success: 0, atMs: NOW_MS }];
    const score = scoreOf(factsOf(histories, { probes }));
    expect(score).to.deep.include({
      verifiedUnits: 400,
      challenges: 1,
      probes: 0.5,
      leases: 1,
      freshness: 0.5,
      gap: '',
    });
    expect(score.score).to.equal(400 * 0.5 * 0.5);
    expect(score.fullPassAtMs).to.equal(NOW_MS - 4 * DAY_MS);
  });

  it('is 0 for a host that was never challenged, or not in all types, and says so', () => {
    expect(scoreOf(factsOf([]))).to.include({ score: 0, reliability: 1, freshness: 0, gap: 'unverified' });
    expect(scoreOf(factsOf([passes('cpu', NOW_MS)]))).to.include({ score: 0, verifiedUnits: 400, gap: 'unverified' });
    expect(scoreOf(factsOf([passes('cpu', NOW_MS)], { types: [] }))).to.include({ score: 0, gap: 'unverified' });
  });

  it('is 0 in quarantine, and once the last full pass is seven days old', () => {
    const histories = [passes('cpu', NOW_MS), passes('memory', NOW_MS)];
    const quarantine = { challenge: 'c', type: 'cpu' as const, reason: 'r', text: '', sinceMs: NOW_MS };
    const verification = { ...UNVERIFIED, quarantine };
    expect(scoreOf(factsOf(histories, { verification }))).to.include({ score: 0, freshness: 0, gap: 'quarantined' });
    expect(scoreOf(factsOf(histories, { nowMs: NOW_MS + VALID_MS }))).to.include({ score: 0, gap: 'stale' });
  });

  it('takes void verdicts for nothing, and failures for what they are', () => {
    const [full, memory] = [passes('cpu', NOW_MS - 2000), passes('memory', NOW_MS)];
    const withOne = (outcome: 'void' | 'failed'): Score => {
      const last = sampleVerdict('last', { outcome, units: 0, atMs: NOW_MS });
      return scoreOf(factsOf([{ ...full, verdicts: [...full.verdicts, last] }, memory]));
    };
    expect(withOne('void')).to.deep.equal(scoreOf(factsOf([full, memory])));
    expect(withOne('failed').challenges).to.be.closeTo(3 / 4, 1e-6);
  });

  it('forgets what was before a host was cleared', () => {
    const histories = [passes('cpu', NOW_MS - 5000), passes('memory', NOW_MS - 5000)];
    const verification = { verified: {}, clearedAtMs: NOW_MS - 1000 };
    expect(scoreOf(factsOf(histories, { verification }))).to.include({ fullPassAtMs: 0, gap: 'unverified' });
  });

  it('orders equals by what is proven and then by name', () => {
    const key = (name: string, score: number, verifiedUnits: number): string =>
      scoreKey({ score, verifiedUnits }, name);
    const sorted = [key('b', 0, 1), key('c', 5, 9), key('a', 0, 1), key('d', 0, 7), key('e', 0.5, 1), key('f', 40, 1)];
    expect(sorted.sort().map((one) => one.at(-1))).to.deep.equal(['f', 'c', 'e', 'd', 'a', 'b']);
  });
});

describe('Reliability', () => {
  it('is 1 without outcomes and a half after one fresh failure', () => {
    expect(reliabilityOf([], NOW_MS)).to.equal(1);
    expect(reliabilityOf([{ success: 0, atMs: NOW_MS }], NOW_MS)).to.equal(0.5);
  });

  it('stays above 0 and at most 1, and no success lowers it and no failure raises it', () => {
    fc.assert(
      fc.property(outcomes, outcome, (all, { atMs, voice }) => {
        const before = reliabilityOf(all, NOW_MS);
        expect(before).to.be.greaterThan(0).and.at.most(1);
        const with1 = reliabilityOf([...all, { success: 1, atMs, voice }], NOW_MS);
        const with0 = reliabilityOf([...all, { success: 0, atMs, voice }], NOW_MS);
        expect(with1).to.be.at.least(before - 1e-12);
        expect(with0).to.be.at.most(before + 1e-12);
      }),
    );
  });

  it('forgives failures as they age, more than half of one within ten days', () => {
    fc.assert(
      fc.property(fc.nat(30 * DAY_MS), fc.nat(30 * DAY_MS), (a, b) => {
        const at = (ageMs: number): number => reliabilityOf([{ success: 0, atMs: NOW_MS - ageMs }], NOW_MS);
        expect(at(Math.max(a, b))).to.be.at.least(at(Math.min(a, b)));
      }),
    );
    expect(reliabilityOf([{ success: 0, atMs: NOW_MS - 10 * DAY_MS }], NOW_MS)).to.be.greaterThan(0.75);
  });

  it('hears each voice once, however often it speaks', () => {
    const said = (success: number, voice?: string): Outcome => ({ success, atMs: NOW_MS, voice });
    expect(
      reliabilityOf(
        [1, 2, 3, 4, 5].map(() => said(0, 'ada')),
        NOW_MS,
      ),
    ).to.equal(0.5);
    expect(reliabilityOf([said(0, 'ada'), said(1, 'ada'), said(1, 'bob')], NOW_MS)).to.be.closeTo(2.5 / 3, 1e-12);
    expect(reliabilityOf([said(0), said(0)], NOW_MS)).to.be.closeTo(1 / 3, 1e-12);
    const old: Outcome = { success: 0, atMs: NOW_MS - 7 * DAY_MS, voice: 'ada' };
    expect(reliabilityOf([old], NOW_MS)).to.be.closeTo(1 / (1 + 1 / Math.E), 1e-12);
  });

  it('takes what is said to be in the future for fresh', () => {
    expect(reliabilityOf([{ success: 0, atMs: NOW_MS + DAY_MS }], NOW_MS)).to.equal(0.5);
  });
});

describe('Freshness', () => {
  it('is 1 for a day, a half after four, and 0 after seven', () => {
    const at = [0, DAY_MS, 4 * DAY_MS, 7 * DAY_MS, 70 * DAY_MS, -DAY_MS].map(freshnessAt);
    expect(at).to.deep.equal([1, 1, 0.5, 0, 0, 1]);
  });

  it('never rises with age', () => {
    fc.assert(
      fc.property(fc.nat(10 * DAY_MS), fc.nat(10 * DAY_MS), (a, b) => {
        expect(freshnessAt(Math.max(a, b))).to.be.at.most(freshnessAt(Math.min(a, b)));
      }),
    );
  });
});
