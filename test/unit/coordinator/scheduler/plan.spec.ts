import { expect } from 'chai';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { PlacementPlan } from '../../../../coordinator/scheduler/index.js';
import { sampleMiner } from '../../../support/fleet-samples.js';
import { placementSpec } from '../../../support/placement-samples.js';
import type { DemandShape } from '../../../support/placement-samples.js';
import { instanceOf, putHost, putMiner, setState, startScheduler } from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

const specOf = (miner: string, replicas: number, shape: DemandShape = {}): MinerSpec => ({
  ...placementSpec({ miner, ...shape }),
  replicas,
});

const total = (plan: PlacementPlan | undefined): number =>
  (plan?.placements ?? []).reduce((sum, { count }) => sum + count, 0);

describe('a plan', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
      putHost(fleet, 'h2', { cpu: 4000 });
    });
  });

  afterEach(() => at.stop());

  async function planOne(spec: MinerSpec, replaces = false): Promise<PlacementPlan | undefined> {
    const plans = await at.scheduler.plan([{ spec, replaces }]);
    expect(plans.map(({ miner }) => miner)).to.deep.equal([spec.name]);
    return plans[0];
  }

  it('tells where the instances of a new miner would go, and changes nothing', async () => {
    const { revision } = at.fleet;
    const plan = await planOne(specOf('alpha', 4));
    expect(plan).to.deep.include({ unplaced: 0, why: undefined, stopping: 0 });
    expect(plan?.placements).to.have.deep.members([
      { hostId: 'h1', hostName: 'h1', count: 2 },
      { hostId: 'h2', hostName: 'h2', count: 2 },
    ]);
    await at.settle();
    expect(at.fleet.revision).to.equal(revision);
    expect(await planOne(specOf('alpha', 8))).to.deep.include({ unplaced: 0 });
  });

  it('tells how many would wait, and why', async () => {
    const plan = await planOne(specOf('alpha', 11));
    expect(total(plan)).to.equal(8);
    expect(plan?.unplaced).to.equal(3);
    expect(plan?.why).to.deep.include({ reason: 'insufficient_cpu', atMs: at.clock.nowMs() });
    expect(plan?.why?.filters).to.deep.equal([{ reason: 'insufficient_cpu', hosts: 2 }]);
  });

  it('counts only the additional instances of a miner that grows', async () => {
    putMiner(at.fleet, 'alpha', 5);
    await at.settle();
    const plan = await planOne(specOf('alpha', 9));
    expect([total(plan), plan?.unplaced, plan?.stopping]).to.deep.equal([3, 1, 0]);
  });

  it('counts what would stop of a miner that shrinks, and gives its room to the others', async () => {
    putMiner(at.fleet, 'alpha', 8);
    await at.settle();
    const plans = await at.scheduler.plan([
      { spec: specOf('beta', 5), replaces: false },
      { spec: specOf('alpha', 4), replaces: false },
    ]);
    expect(plans.map((plan) => [plan.miner, total(plan), plan.unplaced, plan.stopping])).to.deep.equal([
      ['beta', 4, 1, 0],
      ['alpha', 0, 0, 4],
    ]);
  });

  it('plans a replacement as if the present instances were gone', async () => {
    putMiner(at.fleet, 'alpha', 8, { ports: [9000] });
    putMiner(at.fleet, 'beta', 2, { cpu: 1500, spec: { identity: 'key' } });
    await at.settle();
    const alpha = await planOne(specOf('alpha', 2, { ports: [9000] }), true);
    expect([total(alpha), alpha?.unplaced, alpha?.stopping]).to.deep.equal([2, 0, 2]);
    const beta = await planOne(specOf('beta', 1, { spec: { identity: 'key' } }), true);
    expect([total(beta), beta?.unplaced, beta?.stopping]).to.deep.equal([1, 0, 1]);
  });

  it('places the planned by priority, in competition with what waits already', async () => {
    putMiner(at.fleet, 'waiting', 1, {
      cpu: 3000,
      spec: { constraints: [{ attribute: 'labels.x', operator: 'exists', values: [] }] },
    });
    putMiner(at.fleet, 'full', 8, { cpu: 1000, spec: { priority: 900 } });
    putMiner(at.fleet, 'queued', 3, { cpu: 1000, spec: { priority: 600 } });
    await at.settle();
    const plans = await at.scheduler.plan([
      { spec: specOf('low', 5, { spec: { priority: 300 } }), replaces: false },
      { spec: specOf('full', 2, { spec: { priority: 900 } }), replaces: false },
      { spec: specOf('high', 1, { spec: { priority: 950 } }), replaces: false },
    ]);
    expect(plans.map((plan) => [plan.miner, total(plan), plan.unplaced, plan.stopping])).to.deep.equal([
      ['low', 2, 3, 0],
      ['full', 0, 0, 6],
      ['high', 1, 0, 0],
    ]);
  });

  it('says that an identity is in use, and by whom', async () => {
    const first = putMiner(at.fleet, 'alpha', 1, { spec: { identity: 'key' } });
    await at.settle();
    const plan = await planOne(specOf('beta', 2, { spec: { identity: 'key' } }));
    expect([total(plan), plan?.unplaced, plan?.why?.reason]).to.deep.equal([0, 2, 'identity_in_use']);
    expect(plan?.why?.text).to.contain(`alpha-${String(first)}`);
  });

  it('gives an identity to one of the planned', async () => {
    const plans = await at.scheduler.plan(
      ['alpha', 'beta'].map((miner) => ({ spec: specOf(miner, 1, { spec: { identity: 'key' } }), replaces: false })),
    );
    expect(plans.map((plan) => [total(plan), plan.why?.reason])).to.deep.equal([
      [1, undefined],
      [0, 'identity_in_use'],
    ]);
  });

  it('wants no instance again that ended with success, and none of a stopped miner', async () => {
    const first = putMiner(at.fleet, 'alpha', 3);
    await at.settle();
    setState(at.fleet, first, 'stopped', 'completed');
    expect(total(await planOne(specOf('alpha', 4)))).to.equal(1);
    const { workloadId } = instanceOf(at.fleet, first);
    at.fleet.transact((tx) => tx.putMiner(sampleMiner(specOf('alpha', 3), { workloadId, stopped: true })));
    expect(total(await planOne(specOf('alpha', 9)))).to.equal(0);
  });

  it('stops looking once nothing more fits, however many are asked for', async () => {
    const plan = await planOne(specOf('alpha', 1_000_000, { cpu: 1, memory: 0 }));
    expect([total(plan), plan?.unplaced]).to.deep.equal([8000, 992_000]);
  });
});
