import { expect } from 'chai';
import fc from 'fast-check';
import { WINDOW_MS, keepRound, keepUptime } from '../../../../../../common/model/model-record.js';
import type { CanaryRound, ModelRecord } from '../../../../../../common/model/model-record.js';
import { modelScoreKey, modelScoreOf } from '../../../../../../coordinator/kinds/model/scores/score.js';
import type { ModelScore } from '../../../../../../coordinator/kinds/model/scores/score.js';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
let ids = 0;

const round = (patch: Partial<CanaryRound> = {}): CanaryRound => ({
  ...{ id: String((ids += 1)), serial: 1, hostId: 'host-1', outcome: 'answered', reason: 'canary_answered', text: '' },
  ...{ judge: 'exact', quality: 1, tookMs: 500, oldKey: '', atMs: NOW },
  ...patch,
});
const FAILED = { outcome: 'failed', quality: 0, tookMs: 10 } as const;
const record = (rounds: readonly CanaryRound[], share = 1): ModelRecord => {
  const empty: ModelRecord = { miner: 'm', sinceMs: 0, rounds: [], uptime: [] };
  return keepUptime(rounds.reduce(keepRound, empty), HOUR, share, NOW);
};
const score = (known: ModelRecord | undefined, nowMs = NOW): ModelScore =>
  modelScoreOf({ record: known, nowMs, fastMs: 1_000 });

describe('the score of a model', () => {
  it('is 0.4 of quality, 0.3 of speed, 0.2 of availability and 0.1 of participation', () => {
    expect(score(record([round()]))).to.include({ score: 1, quality: 1, speed: 1, availability: 1, participation: 1 });
    const mixed = score(record([round({ quality: 0.5, tookMs: 2_000 }), round(FAILED)], 0.75));
    expect(mixed).to.include({ quality: 0.25, speed: 0.125, availability: 0.75, participation: 0.5, rounds: 2 });
    expect(mixed.score).to.be.closeTo(0.4 * 0.25 + 0.3 * 0.125 + 0.2 * 0.75 + 0.1 * 0.5, 1e-12);
  });

  it('is nothing but availability for a model that answers nothing', () => {
    expect(score(record([round(FAILED), round(FAILED)])).score).to.be.closeTo(0.2, 1e-12);
    expect(score(record([round(FAILED)], 0)).score).to.equal(0);
  });

  it('gives no speed to quick answers that are wrong', () => {
    const wrong = score(record([round({ quality: 0, tookMs: 1 })]));
    expect(wrong).to.include({ quality: 0, speed: 0, participation: 1 });
  });

  it('halves speed with twice the time', () => {
    const speedAt = (tookMs: number): number => score(record([round({ tookMs })])).speed;
    expect([0, 1_000, 2_000, 4_000].map(speedAt)).to.deep.equal([1, 1, 0.5, 0.25]);
  });

  it('does not count rounds that are nobody’s fault, and is unmeasured with no others', () => {
    const lost = round({ ...FAILED, outcome: 'void' });
    expect(score(record([round(), lost]))).to.include({ score: 1, rounds: 1 });
    expect(score(record([lost]))).to.include({ score: 0, gap: 'unmeasured', lastAtMs: 0 });
    expect(score(undefined)).to.include({ score: 0, gap: 'unmeasured', rounds: 0 });
    expect(score({ ...record([round()]), uptime: [] })).to.include({ score: 0, gap: 'unmeasured' });
  });

  it('forgets what is older than seven days, and is stale with nothing younger', () => {
    const old = record([round(FAILED)]);
    expect(score(old, NOW + WINDOW_MS - 1).gap).to.equal('');
    expect(score(old, NOW + WINDOW_MS)).to.include({ score: 0, gap: 'stale', lastAtMs: NOW });
    const later = NOW + WINDOW_MS;
    const both = keepUptime(keepRound(old, round({ atMs: later })), HOUR, 1, later);
    expect(score(both, later)).to.include({ score: 1, rounds: 1 });
    expect(both.uptime).to.have.lengthOf(2);
    expect(keepUptime(both, HOUR, 1, later + 6 * HOUR).uptime).to.have.lengthOf(2);
  });

  it('stays within 0 and 1, is never raised by a failure, and never lowered by a perfect answer', () => {
    const anyRound = fc
      .record({
        outcome: fc.constantFrom('answered' as const, 'failed' as const, 'void' as const),
        quality: fc.double({ min: -1, max: 2, noNaN: true }),
        tookMs: fc.nat(60_000),
      })
      .map(round);
    fc.assert(
      fc.property(
        fc.array(anyRound, { maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rounds, share) => {
          const before = record(rounds, share);
          const [is, worse, better] = [before, keepRound(before, round(FAILED)), keepRound(before, round())].map(
            (one) => score(one),
          );
          for (const term of ['score', 'quality', 'speed', 'availability', 'participation'] as const) {
            expect(is?.[term]).to.be.within(0, 1);
            if (is?.gap !== '') continue;
            expect(worse?.[term], term).to.be.at.most(is[term] + 1e-12);
            expect(better?.[term], term).to.be.at.least(is[term] - 1e-12);
          }
        },
      ),
    );
  });

  it('puts the better first, and equals by quality, speed, availability and name', () => {
    const base: ModelScore = { ...score(record([round()])), score: 0.5, quality: 0.5, speed: 0.5, availability: 0.5 };
    const rows: [string, ModelScore][] = [
      ['b', base],
      ['a', base],
      ['c', { ...base, availability: 0.6 }],
      ['d', { ...base, speed: 0.6 }],
      ['e', { ...base, quality: 0.6 }],
      ['f', { ...base, score: 0.6, quality: 0 }],
    ];
    const sorted = rows.map(([name, one]) => modelScoreKey(one, name)).sort();
    expect(sorted.map((key) => key.slice(-1)).join('')).to.equal('fedcab');
  });
});

describe('the record of a model', () => {
  it('keeps the last 50 rounds that count and 10 others', () => {
    const rounds = Array.from({ length: 130 }, (_, at) =>
      round({ atMs: NOW + at, outcome: at % 2 === 0 ? 'void' : 'failed' }),
    );
    const kept = record(rounds).rounds;
    expect(kept.filter(({ outcome }) => outcome === 'failed').map(({ atMs }) => atMs - NOW)[0]).to.equal(31);
    expect(kept.filter(({ outcome }) => outcome === 'void')).to.have.lengthOf(10);
    expect(kept).to.have.lengthOf(60);
  });

  it('keeps time in spans of six hours, of seven days, whatever the clock does', () => {
    let known = record([]);
    for (let at = 0; at < 400; at += 1) known = keepUptime(known, HOUR, 0.5, NOW + at * HOUR);
    expect(known.uptime.length).to.be.at.most(29);
    const back = keepUptime(known, HOUR, 1, NOW);
    const starts = back.uptime.map(({ fromMs }) => fromMs);
    expect(starts).to.deep.equal([...new Set(starts)].sort((a, b) => a - b));
  });
});
