import { expect } from 'chai';
import { planHygiene } from '../../../../agent/hygiene/plan.js';
import type { HygieneStep, HygieneView, KnownImage } from '../../../../agent/hygiene/plan.js';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

function image(id: string, overrides: Partial<KnownImage> = {}): KnownImage {
  return {
    id,
    tags: [`${id}:1`],
    digests: [],
    bytes: 100,
    inUse: false,
    built: false,
    brought: true,
    needed: false,
    lastUsedMs: NOW - HOUR,
    ...overrides,
  };
}

const OPTIONS: HygieneView['options'] = {
  images: { budget: undefined, unusedFor: 24 * HOUR, minAge: 600_000, foreign: false },
  logs: { budget: 1_000 },
  ended: { maxAge: 24 * HOUR, maxCount: 3 },
};

function plan(overrides: Partial<HygieneView>): string[] {
  const none = { images: [], ended: [], logs: undefined, lackingBytes: 0, nowMs: NOW, options: OPTIONS };
  return planHygiene({ ...none, ...overrides }).map(wordsOf);
}

function wordsOf(step: HygieneStep): string {
  if (step.kind === 'removeImage') return `image ${step.image.id} ${step.cause}`;
  if (step.kind === 'removeLog') return `log ${step.log.path} ${step.cause}`;
  return `ended ${String(step.serial)} ${step.cause}`;
}

const withBudget = (budget: number): HygieneView['options'] => ({
  ...OPTIONS,
  images: { ...OPTIONS.images, budget },
});

function log(serial: number, path: string, changedAtMs: number): NonNullable<HygieneView['logs']>['old'][number] {
  return { serial, path, bytes: 400, changedAtMs };
}

describe('planHygiene', () => {
  it('removes images that nothing used for too long, and no others', () => {
    const old = { lastUsedMs: NOW - 25 * HOUR };
    const images = [
      image('old', old),
      image('young'),
      image('used', { ...old, inUse: true }),
      image('needed', { ...old, needed: true }),
      image('foreign', { ...old, brought: false }),
    ];
    expect(plan({ images })).to.deep.equal(['image old unused']);
  });

  it('keeps to the budget by the least recently used, and never at the cost of what is used or of others', () => {
    const images = [
      image('b', { lastUsedMs: NOW - 2 * HOUR }),
      image('a', { lastUsedMs: NOW - 3 * HOUR }),
      image('c'),
      image('used', { inUse: true, lastUsedMs: NOW - 9 * HOUR }),
      image('foreign', { brought: false, bytes: 1_000_000 }),
    ];
    expect(plan({ images, options: withBudget(250) })).to.deep.equal(['image a budget', 'image b budget']);
    expect(plan({ images, options: withBudget(0) })).to.have.length(3);
    expect(plan({ images, options: withBudget(400) })).to.deep.equal([]);
  });

  it('removes nothing that was used a moment ago, whatever the budget or the disk', () => {
    const images = [image('new', { lastUsedMs: NOW - 1_000 })];
    expect(plan({ images, lackingBytes: 1e9, options: withBudget(0) })).to.deep.equal([]);
  });

  it('removes what Headframe did not bring only where it is configured to', () => {
    const options = { ...OPTIONS, images: { ...OPTIONS.images, foreign: true, budget: 0 } };
    const images = [image('theirs', { brought: false }), image('theirs-used', { brought: false, inUse: true })];
    expect(plan({ images, options })).to.deep.equal(['image theirs budget']);
  });

  it('trims older parts of logs over the budget: of ended instances first, and the oldest first', () => {
    const old = [log(1, 'live-old', NOW - 9), log(2, 'ended-new', NOW - 1), log(2, 'ended-old', NOW - 5)];
    const ended = [{ serial: 2, endedAtMs: NOW - HOUR }];
    const logs = { totalBytes: 1_500, old };
    expect(plan({ ended, logs })).to.deep.equal(['log ended-old budget', 'log ended-new budget']);
    expect(plan({ ended, logs: { totalBytes: 1_000, old } })).to.deep.equal([]);
    const all = ['log ended-old budget', 'log ended-new budget', 'log live-old budget'];
    expect(plan({ ended, logs: { totalBytes: 99_000, old } })).to.deep.equal(all);
  });

  it('keeps ended instances as long and as many as told', () => {
    const ended = [5, 4, 3, 2, 1].map((serial) => ({ serial, endedAtMs: NOW - (10 - serial) * HOUR }));
    expect(plan({ ended })).to.deep.equal(['ended 1 count', 'ended 2 count']);
    expect(plan({ ended: [{ serial: 9, endedAtMs: NOW - 24 * HOUR }] })).to.deep.equal(['ended 9 age']);
  });

  it('frees as much as the disk lacks: images first, then logs, and ended instances only when both do not suffice', () => {
    const images = [image('a', { lastUsedMs: NOW - 3 * HOUR }), image('b')];
    const logs = { totalBytes: 800, old: [log(1, 'x', NOW - 9), log(1, 'y', NOW - 8)] };
    const ended = [{ serial: 7, endedAtMs: NOW - HOUR }];
    const all = { images, logs, ended };
    expect(plan({ ...all, lackingBytes: 100 })).to.deep.equal(['image a disk_pressure']);
    const someLogs = ['image a disk_pressure', 'image b disk_pressure', 'log x disk_pressure'];
    expect(plan({ ...all, lackingBytes: 500 })).to.deep.equal(someLogs);
    const everything = [...someLogs, 'log y disk_pressure', 'ended 7 disk_pressure'];
    expect(plan({ ...all, lackingBytes: 5_000 })).to.deep.equal(everything);
  });
});
