import { expect } from 'chai';
import type { MinerCounts } from '../../../../../common/wire/client.js';
import { minerView, minersView, standingOf } from '../../../../../coordinator/cli/views/miners.js';
import { rowsOf, sampleInstanceView, sampleMinerView } from '../../../../support/cli-views.js';
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
