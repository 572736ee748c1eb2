import { expect } from 'chai';
import { secretChance } from '../../../../../coordinator/verify/schedule/chance.js';
import { dueOf } from '../../../../../coordinator/verify/schedule/due.js';
import { HOUR_MS, ableHost, scheduleView } from '../../../../support/challenge/schedule-view.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';
import type { VerdictRecord } from '../../../../../common/model/verdict.js';

const MINUTE_MS = 60_000;
const { settings } = scheduleView([]);

function due(verdicts: readonly VerdictRecord[], draw: number, patch: Parameters<typeof ableHost>[1] = {}) {
  const history = { hostId: 'h', type: 'cpu', verdicts } as const;
  return dueOf({ host: ableHost('h', patch), type: 'cpu', history, settings, chance: () => draw });
}

describe('dueOf', () => {
  it('asks soon after a host has joined, or was cleared of all that it had proven', () => {
    expect(due([], 0.5, { joinedAtMs: 1000 })).to.deep.equal({ why: 'first', atMs: 1000 + 5 * MINUTE_MS, voids: 0 });
    const verification = { verified: {}, clearedAtMs: 2 * HOUR_MS };
    const before = sampleVerdict('v', { atMs: HOUR_MS });
    expect(due([before], 0.5, { verification })).to.include({ why: 'first', atMs: 2 * HOUR_MS + 5 * MINUTE_MS });
  });

  it('asks soon again what was failed, so that a chance failure is confirmed or cleared', () => {
    const failed = sampleVerdict('v', { outcome: 'failed', atMs: HOUR_MS });
    expect(due([failed], 0.5)).to.deep.equal({ why: 'confirm', atMs: HOUR_MS + 5 * MINUTE_MS, voids: 0 });
  });

  it('asks again after a gap drawn without a memory, three means at most', () => {
    const passed = sampleVerdict('v', { atMs: HOUR_MS });
    const gapHours = (draw: number): number => (due([passed], draw).atMs - HOUR_MS) / HOUR_MS;
    expect(due([passed], 0)).to.include({ why: 'again', atMs: HOUR_MS });
    expect(gapHours(0.5)).to.be.closeTo(12 * Math.LN2, 1e-6);
    expect(gapHours(0.999)).to.equal(36);
  });

  it('asks again what came to nothing, later each time, and not before what is due anyhow', () => {
    const voids = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        sampleVerdict(`v${String(at)}`, { outcome: 'void', atMs: HOUR_MS + at }),
      );
    const waits = [1, 2, 3].map((count) => (due(voids(count), 0.5).atMs - HOUR_MS - count + 1) / MINUTE_MS);
    expect(waits).to.deep.equal([10, 20, 40]);
    expect(due(voids(2), 0.5)).to.include({ why: 'retry', voids: 2 });
    const passed = sampleVerdict('p', { atMs: HOUR_MS - 1 });
    expect(due([passed, ...voids(1)], 0.5)).to.include({ why: 'again', voids: 1 });
    expect(due([...voids(1), sampleVerdict('p', { atMs: 2 * HOUR_MS })], 0.5).voids).to.equal(0);
  });
});

describe('secretChance', () => {
  it('gives each name one number under one key, spread evenly, and another one under another key', () => {
    const [one, other] = [secretChance(Buffer.alloc(32, 1)), secretChance(Buffer.alloc(32, 2))];
    const names = Array.from({ length: 2000 }, (_, at) => `host ${String(at)}`);
    const drawn = names.map(one);
    expect(names.map(secretChance(Buffer.alloc(32, 1)))).to.deep.equal(drawn);
    expect(drawn.filter((x, at) => x === other(names[at] ?? ''))).to.deep.equal([]);
    expect(Math.min(...drawn)).to.be.within(0, 0.01);
    expect(Math.max(...drawn)).to.be.within(0.99, 1);
    expect(drawn.reduce((sum, x) => sum + x, 0) / drawn.length).to.be.closeTo(0.5, 0.03);
  });
});
