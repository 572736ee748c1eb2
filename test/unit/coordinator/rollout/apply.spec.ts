import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import {
  applyMiners,
  classifyChange,
  deleteMiner,
  restartMiner,
  scaleMiner,
  stopMiner,
} from '../../../../coordinator/rollout/index.js';
import type { ApplyResult } from '../../../../coordinator/rollout/index.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../support/fleet-samples.js';

const KINDS = new Map([['container', containerKind]]);

function reasonOf(fn: () => unknown): string | undefined {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : 'not a HeadframeError';
  }
}

describe('a changed spec', () => {
  const before = sampleSpec({
    labels: { team: 'a' },
    container: {
      ...sampleSpec().container,
      args: ['x'],
      ports: [{ name: 'web', containerPort: 80, protocol: 'tcp', hostPort: 0 }],
    },
  });
  const container = before.container;
  const cases: [Partial<MinerSpec>, ReturnType<typeof classifyChange>['change'], string[]][] = [
    [{}, 'unchanged', []],
    [{ labels: { team: 'a' }, health: undefined }, 'unchanged', []],
    [{ replicas: 3, priority: 900 }, 'updatedInPlace', ['priority', 'replicas']],
    [{ constraints: [{ attribute: 'host.arch', operator: 'in', values: ['x64'] }] }, 'updatedInPlace', ['constraints']],
    [{ strategy: { ...before.strategy, perHostCap: 1 } }, 'updatedInPlace', ['strategy.perHostCap']],
    [{ labels: { team: 'b', more: '' } }, 'updatedByReplacement', ['labels.more', 'labels.team']],
    [{ replicas: 3, stopGraceMs: 1 }, 'updatedByReplacement', ['replicas', 'stopGraceMs']],
    [{ container: { ...container, args: ['x', 'y'] } }, 'updatedByReplacement', ['container.args']],
    [
      { container: { ...container, ports: [{ name: 'web', containerPort: 80, protocol: 'tcp', hostPort: 9 }] } },
      'updatedByReplacement',
      ['container.ports[0].hostPort'],
    ],
    [
      { health: { probe: { kind: 'image' }, startPeriodMs: 0, intervalMs: 1, timeoutMs: 1, retries: 1 } },
      'updatedByReplacement',
      ['health'],
    ],
  ];
  for (const [patch, change, changedPaths] of cases)
    it(`is ${change} for ${changedPaths.join(', ') || 'the same'}`, () =>
      expect(classifyChange(before, { ...before, ...patch })).to.deep.equal({ change, changedPaths }));

  it('is unchanged after a way through the store, which leaves undefined out', () => {
    // What went in was a spec.
    const stored = JSON.parse(JSON.stringify(before)) as MinerSpec;
    expect(classifyChange(stored, before).change).to.equal('unchanged');
  });
});

describe('applying miners', () => {
  const apply = (fleet: Fleet, ...specs: MinerSpec[]): readonly ApplyResult[] =>
    fleet.transact((tx) => applyMiners(tx, specs, KINDS)).value;
  const heard = (fleet: Fleet): StoreCommit[] => {
    const commits: StoreCommit[] = [];
    fleet.onApplied((commit) => commits.push(commit));
    return commits;
  };

  it('creates, changes in place, replaces, and changes nothing the second time', async () => {
    const { fleet } = await openFleetFixture();
    expect(apply(fleet, sampleSpec())[0]?.change).to.equal('created');
    const first = fleet.miner('alpha');
    expect(first).to.include({ specRevision: 1, workloadId: 1, stopped: false, deleting: false });
    expect(fleet.workload(1)).to.include({ miner: 'alpha', specRevision: 1 });

    expect(apply(fleet, sampleSpec())).to.deep.equal([{ name: 'alpha', change: 'unchanged', changedPaths: [] }]);
    expect([fleet.revision, fleet.miner('alpha')]).to.deep.equal([1, first]);

    expect(apply(fleet, sampleSpec({ replicas: 4 }))[0]?.change).to.equal('updatedInPlace');
    expect(fleet.miner('alpha')).to.include({ specRevision: 2, workloadId: 1 });

    fleet.transact((tx) => tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' }));
    expect(apply(fleet, sampleSpec({ stopGraceMs: 5 }))[0]?.change).to.equal('updatedByReplacement');
    expect(fleet.miner('alpha')).to.include({ specRevision: 4, workloadId: 2 });
    expect(fleet.workload(1), 'still run by an instance').to.not.equal(undefined);
  });

  it('drops a workload that no instance ever ran, and never draws its id again', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec(), sampleSpec({ name: 'beta' }));
    apply(fleet, sampleSpec({ name: 'beta', stopGraceMs: 5 }));
    expect([fleet.workload(1)?.miner, fleet.workload(2), fleet.workload(3)?.miner]).to.deep.equal([
      'alpha',
      undefined,
      'beta',
    ]);
  });

  it('applies all or nothing', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec({ name: 'beta' }));
    fleet.transact((tx) => deleteMiner(tx, 'beta'));
    const { revision } = fleet;
    expect(reasonOf(() => apply(fleet, sampleSpec(), sampleSpec({ name: 'beta' })))).to.equal('miner_deleting');
    expect(reasonOf(() => apply(fleet, sampleSpec(), sampleSpec()))).to.equal('miner_twice');
    expect(reasonOf(() => fleet.transact((tx) => applyMiners(tx, [sampleSpec()], new Map())))).to.equal('kind_unknown');
    expect([fleet.miner('alpha'), fleet.revision]).to.deep.equal([undefined, revision]);
  });

  it('refuses another kind for a name that is taken', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec());
    // No other kind exists yet.
    const other = { ...sampleSpec(), kind: 'module' } as unknown as MinerSpec;
    expect(reasonOf(() => apply(fleet, other))).to.equal('kind_fixed');
  });

  it('scales, and starts a stopped miner by that', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec());
    const commits = heard(fleet);
    fleet.transact((tx) => scaleMiner(tx, 'alpha', 1));
    expect(commits).to.deep.equal([]);
    fleet.transact((tx) => stopMiner(tx, 'alpha'));
    fleet.transact((tx) => scaleMiner(tx, 'alpha', 1));
    fleet.transact((tx) => scaleMiner(tx, 'alpha', 5));
    expect(fleet.miner('alpha')).to.include({ stopped: false, workloadId: 1 });
    expect(fleet.miner('alpha')?.spec.replicas).to.equal(5);
    const reasons = commits.flatMap(({ events }) => events.map(({ reason }) => reason));
    expect(reasons).to.deep.equal(['miner_stopped', 'miner_scaled', 'miner_scaled']);
  });

  it('restarts by a workload that differs in its id alone, and starts a stopped miner by that', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec());
    const before = fleet.workload(1);
    fleet.transact((tx) => stopMiner(tx, 'alpha'));
    fleet.transact((tx) => restartMiner(tx, 'alpha'));
    expect(fleet.miner('alpha')).to.include({ workloadId: 2, stopped: false, specRevision: 1 });
    expect(fleet.workload(2)).to.deep.equal({ ...before, id: 2 });
  });

  it('deletes once, and then takes nothing else for the name', async () => {
    const { fleet } = await openFleetFixture();
    apply(fleet, sampleSpec());
    fleet.transact((tx) => deleteMiner(tx, 'alpha'));
    const { revision } = fleet;
    fleet.transact((tx) => deleteMiner(tx, 'alpha'));
    expect(fleet.revision).to.equal(revision);
    for (const act of [restartMiner, stopMiner])
      expect(reasonOf(() => fleet.transact((tx) => act(tx, 'alpha')))).to.equal('miner_deleting');
    for (const act of [restartMiner, stopMiner, deleteMiner])
      expect(reasonOf(() => fleet.transact((tx) => act(tx, 'nobody')))).to.equal('miner_not_found');
  });
});
