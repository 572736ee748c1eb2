import { expect } from 'chai';
import type { DemandShape } from '../../../../support/placement-samples.js';
import {
  instanceOf,
  instancesByHost,
  putHost,
  putMiner,
  setState,
  startScheduler,
} from '../../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../../support/scheduler-fixture.js';

describe('an instance that has booked a place', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
    });
  });

  afterEach(() => at.stop());

  const put = (miner: string, count: number, priority: number, shape: DemandShape = {}): number =>
    putMiner(at.fleet, miner, count, { ...shape, spec: { priority } });

  const victims = (): number => [...at.fleet.instances()].filter(({ reason }) => reason === 'preempted').length;

  it('takes a place that comes free elsewhere first, and leaves the other to those who wait', async () => {
    const [first, second] = [put('first', 1, 100, { cpu: 4000 }), put('second', 1, 500, { cpu: 4000 })];
    putHost(at.fleet, 'h2', { cpu: 4000 });
    await at.settle();
    setState(at.fleet, first, 'stopping', 'scaled_down');
    const [high, low] = [put('high', 1, 550, { cpu: 4000 }), put('low', 1, 100, { cpu: 4000 })];
    await at.settle();
    expect(instanceOf(at.fleet, high)).to.include({ state: 'pending', reason: 'waiting_for_preemption' });
    setState(at.fleet, second, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high).state).to.equal('assigned');
    expect(instanceOf(at.fleet, low).state).to.equal('pending');
    setState(at.fleet, first, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, low).state).to.equal('assigned');
  });

  it('gives back no more bookings than there is room for elsewhere', async () => {
    const low = put('low', 4, 100);
    await at.settle();
    const high = put('high', 3, 500);
    await at.settle();
    expect(victims()).to.equal(3);
    putHost(at.fleet, 'h2', { cpu: 1000 });
    await at.settle();
    expect(instancesByHost(at.fleet, 'high')).to.deep.equal({ h2: 1, '': 2 });
    expect(victims()).to.equal(3);
    expect(instanceOf(at.fleet, high).hostId).to.equal('h2');
    expect(instanceOf(at.fleet, low).state).to.equal('assigned');
  });
});
