import { expect } from 'chai';
import type { Reservation } from '../../../../coordinator/scheduler/index.js';
import {
  instanceOf,
  instancesByHost,
  putHost,
  putMiner,
  setState,
  startScheduler,
} from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

const MIB = 2 ** 20;
const BACKGROUND = { spec: { priority: 100 } };
const LOW = { spec: { priority: 300 } };

describe('room that is reserved for a challenge', () => {
  let at: SchedulerFixture;
  beforeEach(async () => {
    at = await startScheduler((fleet) => putHost(fleet, 'h1', { cpu: 4000, memory: 8192 }));
  });
  afterEach(() => at.stop());

  function reserve(cpuMillis: number, hostId = 'h1', memoryBytes = MIB): Reservation | undefined {
    return at.scheduler.reservations.reserve(hostId, { cpuMillis, memoryBytes, diskBytes: 0, gpus: 0 });
  }

  it('is what nobody has, and nothing of hosts that are not there', async () => {
    putMiner(at.fleet, 'alpha', 1, { cpu: 1000 });
    await at.settle();
    expect(at.scheduler.reservations.roomOn('h1').cpuMillis).to.equal(3000);
    expect(reserve(3001)).to.equal(undefined);
    expect(reserve(2000)).not.to.equal(undefined);
    expect(at.scheduler.reservations.roomOn('h1').cpuMillis).to.equal(1000);
    expect(reserve(2000)).to.equal(undefined);
    expect(reserve(1, 'nowhere')).to.equal(undefined);
  });

  it('is not given to work of the background or less, which waits with its why until it is given back', async () => {
    const kept = reserve(3000);
    putMiner(at.fleet, 'calm', 2, { cpu: 1000, ...BACKGROUND });
    putMiner(at.fleet, 'idle', 1, { cpu: 1000, spec: { priority: 0 } });
    await at.settle();
    expect(instancesByHost(at.fleet, 'calm')).to.deep.equal({ h1: 1, '': 1 });
    expect(instancesByHost(at.fleet, 'idle')).to.deep.equal({ '': 1 });
    expect(at.scheduler.why('calm')?.reason).to.equal('insufficient_cpu');
    expect(kept?.preempted.aborted).to.equal(false);
    kept?.release();
    await at.settle();
    expect(instancesByHost(at.fleet, 'calm')).to.deep.equal({ h1: 2 });
    expect(instancesByHost(at.fleet, 'idle')).to.deep.equal({ h1: 1 });
  });

  it('is had at once by any other work that needs it, and is void then', async () => {
    const kept = reserve(3000);
    const serial = putMiner(at.fleet, 'paying', 1, { cpu: 2000, ...LOW });
    await at.settle();
    expect(instanceOf(at.fleet, serial)).to.include({ state: 'assigned', hostId: 'h1' });
    expect(kept?.preempted.aborted).to.equal(true);
    expect(at.scheduler.reservations.roomOn('h1').cpuMillis).to.equal(2000);
  });

  it('is kept while there is room enough beside it, and of several the newest goes first', async () => {
    const [older, newer] = [reserve(1000), reserve(1000)];
    putMiner(at.fleet, 'paying', 2, { cpu: 1000, ...LOW });
    await at.settle();
    expect([older?.preempted.aborted, newer?.preempted.aborted]).to.deep.equal([false, false]);
    putMiner(at.fleet, 'more', 1, { cpu: 1000, ...LOW });
    await at.settle();
    expect([older?.preempted.aborted, newer?.preempted.aborted]).to.deep.equal([false, true]);
  });

  it('is void once its host has less than that, or is gone', () => {
    const kept = reserve(3000);
    putHost(at.fleet, 'h1', { cpu: 2000, memory: 8192 });
    expect(kept?.preempted.aborted).to.equal(true);
    const again = reserve(2000);
    at.fleet.transact((tx) => {
      tx.removeHost('h1');
    });
    expect(again?.preempted.aborted).to.equal(true);
    again?.release();
    expect(at.scheduler.reservations.roomOn('h1').cpuMillis).to.equal(0);
  });

  it('is of the very GPUs that nobody has, and void once somebody has one of them', async () => {
    putHost(at.fleet, 'h1', { cpu: 4000, memory: 8192, gpus: ['g1', 'g2', 'g3'] });
    const { reservations } = at.scheduler;
    const one = { cpuMillis: 1000, memoryBytes: MIB, diskBytes: 0, gpus: 1 };
    expect(reservations.gpusOn('h1')).to.deep.equal(['g1', 'g2', 'g3']);
    putMiner(at.fleet, 'alpha', 1, { cpu: 100, gpus: 1, ...LOW });
    await at.settle();
    expect(reservations.gpusOn('h1')).to.deep.equal(['g2', 'g3']);
    expect(reservations.reserve('h1', { ...one, gpus: 3 }, ['g1', 'g2', 'g3'])).to.equal(undefined);
    const second = reservations.reserve('h1', one, ['g2']);
    expect(reservations.gpusOn('h1')).to.deep.equal(['g3']);
    const third = reservations.reserve('h1', one, ['g3']);
    expect(reservations.gpusOn('h1')).to.deep.equal([]);
    putMiner(at.fleet, 'calm', 1, { cpu: 100, gpus: 1, ...BACKGROUND });
    await at.settle();
    expect([second?.preempted.aborted, third?.preempted.aborted]).to.deep.equal([false, false]);
    third?.release();
    // Is given the first that is free, which is not the one that was given back.
    putMiner(at.fleet, 'paying', 1, { cpu: 100, gpus: 1, ...LOW });
    await at.settle();
    expect(second?.preempted.aborted).to.equal(true);
    expect(reservations.gpusOn('nowhere')).to.deep.equal([]);
  });

  it('is no part of what is written: a coordinator that begins again knows of none', async () => {
    expect(reserve(4000)).not.to.equal(undefined);
    const other = await startScheduler(() => undefined, { store: at.store.reopen() });
    const serial = putMiner(other.fleet, 'calm', 4, { cpu: 1000, ...BACKGROUND });
    await other.settle();
    expect(instancesByHost(other.fleet, 'calm')).to.deep.equal({ h1: 4 });
    expect(instanceOf(other.fleet, serial).state).to.equal('assigned');
    await other.stop();
  });

  it('leaves nothing behind when it is given back twice, taken, or outlived by what was there', async () => {
    const serial = putMiner(at.fleet, 'alpha', 1, { cpu: 2000, ...LOW });
    await at.settle();
    for (let round = 0; round < 3; round += 1) {
      const kept = reserve(2000);
      kept?.release();
      kept?.release();
    }
    setState(at.fleet, serial, 'stopped');
    expect(at.scheduler.reservations.roomOn('h1')).to.include({ cpuMillis: 4000, memoryBytes: 8192 * MIB });
  });
});
