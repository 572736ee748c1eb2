import { expect } from 'chai';
import { leaseKind } from '../../../../../coordinator/kinds/lease/index.js';
import { notMovable } from '../../../../../coordinator/rebalance/tenants.js';
import { sampleMiner, sampleSpec } from '../../../../support/fleet-samples.js';
import { leaseSpec } from '../../../../support/lease-samples.js';
import { leaseInstance } from '../../../../support/lease-scene.js';
import { instanceOf, putHost, putMiner, startScheduler } from '../../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../../support/scheduler-fixture.js';

describe('preemption and leases', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
    });
  });

  afterEach(() => at.stop());

  it('never stops a lease, whatever asks for its room', async () => {
    const low = putMiner(at.fleet, 'low', 1, { cpu: 1000, spec: { priority: 100 } });
    await at.settle();
    putHost(at.fleet, 'h2', { cpu: 4000, patch: { capabilities: ['lease'] } });
    const spec = sampleSpec({ name: 'lease-1', kind: 'lease', lease: leaseSpec(), priority: 0 });
    const leased = at.fleet.transact((tx) => {
      const resources = { ...spec.resources, cpuMillis: 3000, memoryBytes: 2 ** 20, diskBytes: 0 };
      tx.putMiner(sampleMiner({ ...spec, resources }, { workloadId: 99 }));
      tx.putWorkload(leaseKind.resolve({ ...spec, resources }, { workloadId: 99, specRevision: 1 }));
      return tx.createInstances('lease-1', 99, 1, { reason: 'lease_requested', text: '' });
    }).value;
    await at.settle();
    expect(instanceOf(at.fleet, leased)).to.include({ hostId: 'h2', state: 'assigned' });
    const high = putMiner(at.fleet, 'high', 2, { cpu: 4000, spec: { priority: 900 } });
    await at.settle();
    const victims = [...at.fleet.instances()].filter(({ state }) => state === 'stopping').map((one) => one.serial);
    expect(victims).to.deep.equal([low]);
    expect(instanceOf(at.fleet, leased).state).to.equal('assigned');
    expect(instanceOf(at.fleet, high + 1).state).to.equal('pending');
  });
});

describe('a rebalance', () => {
  it('moves no lease', () => {
    const instance = leaseInstance();
    expect(notMovable(sampleMiner(), instance)).to.equal(undefined);
    expect(notMovable(sampleMiner({ kind: 'lease', lease: leaseSpec() }), instance)).to.equal('it is leased');
  });
});
