import { expect } from 'chai';
import { Scheduler } from '../../../../../coordinator/scheduler/index.js';
import { placementSpec } from '../../../../support/placement-samples.js';
import type { DemandShape } from '../../../../support/placement-samples.js';
import { putHost, putMiner, startScheduler } from '../../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../../support/scheduler-fixture.js';

describe('a planned preemption', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
    });
  });

  afterEach(() => at.stop());

  const put = (miner: string, count: number, priority: number, shape: DemandShape = {}): number =>
    putMiner(at.fleet, miner, count, { ...shape, spec: { priority } });

  const victims = (): number[] =>
    [...at.fleet.instances()].filter(({ reason }) => reason === 'preempted').map(({ serial }) => serial);

  it('is planned as it is done', async () => {
    const low = put('low', 4, 100, { cpu: 1000 });
    await at.settle();
    const spec = { ...placementSpec({ miner: 'high', cpu: 2000, spec: { priority: 500 } }), replicas: 1 };
    const [plan] = await at.scheduler.plan([{ spec, replaces: false }]);
    expect(plan).to.deep.include({ unplaced: 0, why: undefined, stopping: 0 });
    expect(plan?.placements).to.deep.equal([{ hostId: 'h1', hostName: 'h1', count: 1 }]);
    expect(plan?.preempted).to.deep.equal(
      [low + 2, low + 3].map((serial) => ({ serial, miner: 'low', priority: 100, hostId: 'h1', hostName: 'h1' })),
    );
    expect(victims()).to.deep.equal([]);
    put('high', 1, 500, { cpu: 2000 });
    await at.settle();
    expect(victims()).to.deep.equal(plan?.preempted.map(({ serial }) => serial));
    const [again] = await at.scheduler.plan([{ spec, replaces: false }]);
    expect(again).to.deep.include({ unplaced: 0, preempted: [] });
  });

  it('is planned by the priorities that are planned', async () => {
    put('low', 4, 100);
    await at.settle();
    const spec = (miner: string, replicas: number) => ({
      spec: { ...placementSpec({ miner, spec: { priority: 500 } }), replicas },
      replaces: false,
    });
    const plans = await at.scheduler.plan([spec('low', 4), spec('high', 2)]);
    expect(plans.map(({ preempted, unplaced }) => [preempted.length, unplaced])).to.deep.equal([
      [0, 0],
      [0, 2],
    ]);
  });

  it('plans evictions from records alone', async () => {
    const other = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 1000 });
      putMiner(fleet, 'low', 1, { spec: { priority: 100 } });
    });
    await other.settle();
    const second = new Scheduler(other.fleet, {
      clock: other.clock,
      random: () => 0.5,
      yieldTurn: () => Promise.resolve(),
    });
    const spec = placementSpec({ miner: 'high', spec: { priority: 500 } });
    const [plan] = await second.plan([{ spec: { ...spec, replicas: 1 }, replaces: false }]);
    expect(plan?.preempted).to.have.length(1);
    await other.stop();
  });
});
