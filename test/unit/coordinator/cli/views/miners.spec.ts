import { expect } from 'chai';
import type { MinerCounts, MinerView, RevisionView, RolloutView } from '../../../../../common/wire/client.js';
import { minerView, minersView, standingOf } from '../../../../../coordinator/cli/views/miners.js';
import { historyView } from '../../../../../coordinator/cli/views/rollout.js';
import {
  factsOf,
  rowsOf,
  sampleInstanceView,
  sampleMinerView,
  sampleRolloutView,
} from '../../../../support/cli-views.js';
import { sampleSpec } from '../../../../support/fleet-samples.js';

const why = {
  reason: 'insufficient_cpu',
  text: 'too little',
  atMs: 1,
  filters: [
    { reason: 'insufficient_cpu', hosts: 3 },
    { reason: 'host_cordoned', hosts: 1 },
  ],
};

describe('How a miner stands', () => {
  const cases: readonly [string, Partial<MinerCounts>, { stopped?: boolean; deleting?: boolean }][] = [
    ['running', { desired: 2, running: 2 }, {}],
    ['starting', { desired: 2, running: 1, starting: 1 }, {}],
    ['starting', { desired: 3, pending: 1, starting: 1, running: 1 }, {}],
    ['starting', { desired: 1 }, {}],
    ['waiting', { desired: 2, running: 1, pending: 1 }, {}],
    ['completed', { desired: 2, completed: 2 }, {}],
    ['running', { desired: 2, completed: 1, running: 1 }, {}],
    ['stopping', { stopping: 1 }, { stopped: true }],
    ['stopped', {}, { stopped: true }],
    ['stopped', { desired: 0 }, {}],
    ['deleting', { running: 2 }, { deleting: true }],
  ];
  for (const [standing, counts, flags] of cases) {
    it(`is ${standing} with ${JSON.stringify({ ...counts, ...flags })}`, () => {
      expect(standingOf(sampleMinerView(flags, counts))).to.equal(standing);
    });
  }
});

describe('How a rollout shows', () => {
  const standing = { desired: 2, running: 2, healthy: 2 };
  const rollout = (patch: Partial<RolloutView>): MinerView =>
    sampleMinerView({ rollout: sampleRolloutView(patch) }, standing);
  const statusOf = (view: MinerView): string | undefined =>
    rowsOf(minersView([view], { nowMs: 0, wide: false }))[0]?.STATUS;

  it('in the status, while something of it is to be known', () => {
    const states = [
      ['progressing', 'running,updating'],
      ['paused', 'running,paused'],
      ['failed', 'running,update failed'],
      ['complete', 'running'],
      ['rolledBack', 'running'],
    ] as const;
    for (const [state, status] of states) expect(statusOf(rollout({ state }))).to.equal(status);
    expect(statusOf(rollout({ state: 'progressing', fromRevision: 0 }))).to.equal('running');
  });

  it('in full with its miner', () => {
    const view = minerView(rollout({ state: 'progressing', deadlineAtMs: 5 }), [], { nowMs: 0, wide: false });
    expect(factsOf(view)).to.include({ state: 'progressing', revision: '1 → 2', updated: '1/2, 1 available' });
    expect(factsOf(view)).to.have.property('deadline');
  });

  it('and a quarantine too', () => {
    const quarantine = { reason: 'exited_error', text: 'too often', atMs: 1, failures: 3, instance: 'alpha-3' };
    const view = sampleMinerView({ quarantine }, { desired: 2, running: 1 });
    expect(statusOf(view)).to.equal('quarantined');
    expect(statusOf({ ...view, counts: { ...view.counts, running: 2, healthy: 2 } })).to.equal('running');
    expect(factsOf(minerView(view, [], { nowMs: 0, wide: false }))).to.include({ failures: '3', last: 'alpha-3' });
  });

  it('in the history with what changed', () => {
    const one = { appliedAtMs: 1, endedAtMs: 0, text: '', current: false, spec: sampleSpec() };
    const revisions: RevisionView[] = [
      { ...one, revision: 2, outcome: 'progressing', current: true, spec: sampleSpec({ stopGraceMs: 1 }) },
      { ...one, revision: 1, outcome: 'complete' },
    ];
    const rows = rowsOf(historyView(revisions));
    expect(rows.map(({ REVISION, OUTCOME, CHANGED }) => [REVISION, OUTCOME, CHANGED])).to.deep.equal([
      ['2 *', 'progressing', 'stopGrace'],
      ['1', 'good', '-'],
    ]);
  });
});

describe('The table of miners', () => {
  const miner = sampleMinerView(
    { spec: sampleSpec({ name: 'web', priority: 900 }), why, createdAtMs: 1000 },
    { desired: 3, running: 1, pending: 2 },
  );

  it('tells what runs, what waits and why', () => {
    expect(rowsOf(minersView([miner], { nowMs: 61_000, wide: false }))).to.deep.equal([
      {
        NAME: 'web',
        KIND: 'container',
        PRIORITY: 'critical',
        STATUS: 'waiting',
        RUNNING: '1/3',
        WAITING: '2',
        AGE: '1m',
        WHY: 'insufficient_cpu',
      },
    ]);
  });

  it('tells the hosts that each filter left out when it may be wide', () => {
    const [row] = rowsOf(minersView([miner], { nowMs: 0, wide: true }));
    expect(row?.['DETAIL']).to.contain('insufficient_cpu 3, host_cordoned 1');
    expect(row).to.include({ IMAGE: 'example:1', CPU: '2', MEMORY: '512 MiB' });
  });

  it('says that a running miner fails its checks', () => {
    const sick = sampleMinerView({}, { desired: 2, running: 2, healthy: 1 });
    expect(rowsOf(minersView([sick], { nowMs: 0, wide: false }))[0]).to.include({ STATUS: 'running,unhealthy' });
  });
});

describe('One miner in full', () => {
  it('shows a bounded number of its instances', () => {
    const instances = Array.from({ length: 21 }, (_, index) => sampleInstanceView({ id: `alpha-${String(index)}` }));
    const view = minerView(sampleMinerView({}, { desired: 21, running: 21, healthy: 21 }), instances, {
      nowMs: 0,
      wide: false,
    });
    expect(rowsOf(view)).to.have.length(20);
  });
});
