import { expect } from 'chai';
import { eventsOf } from '../../../../../coordinator/fleet/events.js';
import type { DemandShape } from '../../../../support/placement-samples.js';
import {
  endPreempted,
  instanceOf,
  instancesByHost,
  putHost,
  putMiner,
  setState,
  startScheduler,
} from '../../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../../support/scheduler-fixture.js';

describe('preemption', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
    });
  });

  afterEach(() => at.stop());

  const put = (miner: string, count: number, priority: number, shape: DemandShape = {}): number =>
    putMiner(at.fleet, miner, count, { ...shape, spec: { ...shape.spec, priority } });

  /** Serials of those that are stopping to make room. */
  const victims = (): number[] =>
    [...at.fleet.instances()]
      .filter(({ state, reason }) => state === 'stopping' && reason === 'preempted')
      .map(({ serial }) => serial);

  it('stops who makes room, tells both why, and places the other once they have ended', async () => {
    const low = put('low', 4, 100);
    await at.settle();
    const events = new Map<string, string>();
    at.fleet.onApplied((commit) => {
      for (const { id, reason } of eventsOf(commit)) events.set(reason, id);
    });
    const high = put('high', 1, 500, { cpu: 2000 });
    await at.settle();
    expect(victims()).to.deep.equal([low + 2, low + 3]);
    expect(instanceOf(at.fleet, low + 2).text).to.include(`high-${String(high)}`);
    expect(instanceOf(at.fleet, high)).to.include({ state: 'pending', reason: 'waiting_for_preemption' });
    expect(at.scheduler.why('high')).to.deep.include({ reason: 'waiting_for_preemption', atMs: at.clock.nowMs() });
    expect(events.get('preempted')).to.be.oneOf([`low-${String(low + 2)}`, `low-${String(low + 3)}`]);
    expect(events.get('preempting')).to.equal('high');
    setState(at.fleet, low + 2, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high).state).to.equal('pending');
    setState(at.fleet, low + 3, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high)).to.include({ state: 'assigned', hostId: 'h1', reason: 'placed' });
  });

  it('keeps what is freed, and what was free, from everybody of lower priority', async () => {
    put('filler', 1, 400);
    const low = put('low', 2, 100);
    await at.settle();
    const high = put('high', 1, 500, { cpu: 3000 });
    await at.settle();
    expect(victims()).to.deep.equal([low, low + 1]);
    const rival = put('rival', 3, 450);
    await at.settle();
    setState(at.fleet, low, 'stopped');
    await at.settle();
    expect(instancesByHost(at.fleet, 'rival')).to.deep.equal({ '': 3 });
    setState(at.fleet, low + 1, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high).state).to.equal('assigned');
    expect(instancesByHost(at.fleet, 'rival')).to.deep.equal({ '': 3 });
    expect(at.scheduler.why('rival')).to.deep.include({ reason: 'insufficient_cpu' });
    expect(instanceOf(at.fleet, rival).state).to.equal('pending');
  });

  it('does not let victims come back for as long as there is no room, nor preempt back', async () => {
    put('low', 4, 100);
    await at.settle();
    put('high', 4, 500);
    await endPreempted(at);
    expect(instancesByHost(at.fleet, 'high')).to.deep.equal({ h1: 4 });
    put('low-again', 4, 100);
    expect(await endPreempted(at)).to.equal(0);
    expect(instancesByHost(at.fleet, 'low-again')).to.deep.equal({ '': 4 });
  });

  it('has a turn also when the same shape was blocked for a lower priority', async () => {
    put('low', 9, 100);
    await at.settle();
    put('high', 2, 500);
    await at.settle();
    expect(victims()).to.have.length(2);
  });

  it('waits for those that are stopping anyway', async () => {
    const old = put('old', 1, 900);
    const low = put('low', 3, 100);
    await at.settle();
    setState(at.fleet, old, 'stopping', 'scaled_down');
    const high = put('high', 1, 500);
    await at.settle();
    expect(victims()).to.deep.equal([]);
    expect(instanceOf(at.fleet, high).reason).to.equal('waiting_for_preemption');
    put('rival', 1, 400);
    setState(at.fleet, old, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high).hostId).to.equal('h1');
    expect(instanceOf(at.fleet, low).state).to.equal('assigned');
  });

  it('waits no longer for who does not end in time', async () => {
    putHost(at.fleet, 'h2', { cpu: 1000 });
    put('other', 1, 200, {
      cpu: 1000,
      spec: { constraints: [{ attribute: 'host.id', operator: 'in', values: ['h2'] }] },
    });
    const low = put('low', 1, 100, { cpu: 4000 });
    await at.settle();
    const high = put('high', 1, 500);
    await at.settle();
    expect(victims()).to.deep.equal([low]);
    await at.clock.advanceAsync(69_000);
    await at.settle();
    expect(victims()).to.have.length(1);
    await at.clock.advanceAsync(2000);
    await at.settle();
    expect(victims()).to.have.length(2);
    await endPreempted(at);
    expect(instanceOf(at.fleet, high).state).to.equal('assigned');
  });

  it('makes room elsewhere when the host it counted on goes', async () => {
    put('low', 4, 100);
    await at.settle();
    const high = put('high', 1, 500);
    await at.settle();
    putHost(at.fleet, 'h2', { cpu: 1000 });
    putHost(at.fleet, 'h1', { cpu: 4000, patch: { cordoned: true } });
    await at.settle();
    expect(instanceOf(at.fleet, high).hostId).to.equal('h2');
  });

  it('lets a higher priority have what was booked, and evicts nobody twice for that', async () => {
    const low = put('low', 1, 100, { cpu: 4000 });
    await at.settle();
    const middle = put('middle', 1, 500, { cpu: 4000 });
    await at.settle();
    const high = put('high', 1, 550, { cpu: 4000 });
    await at.settle();
    expect(victims()).to.deep.equal([low]);
    setState(at.fleet, low, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, high).state).to.equal('assigned');
    expect(instanceOf(at.fleet, middle)).to.include({ state: 'pending', reason: 'insufficient_cpu' });
  });

  it('gives back what was booked for an instance that is not wanted any more', async () => {
    const low = put('low', 4, 100);
    await at.settle();
    const high = put('high', 1, 500);
    const rival = put('rival', 1, 50);
    await at.settle();
    at.fleet.transact((tx) => tx.removeInstance(high));
    setState(at.fleet, low + 3, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, rival).state).to.equal('assigned');
  });

  it('follows changed priorities: of the preemptor, of the victims, and of who has booked', async () => {
    put('low', 4, 100);
    await at.settle();
    const high = put('high', 1, 150);
    await at.settle();
    expect(victims()).to.deep.equal([]);
    const reprice = async (miner: string, priority: number): Promise<void> => {
      at.fleet.transact((tx) => {
        const record = tx.miner(miner);
        if (record !== undefined) tx.putMiner({ ...record, spec: { ...record.spec, priority } });
      });
      await at.settle();
    };
    await reprice('low', 50);
    expect(victims()).to.have.length(1);
    await reprice('high', 60);
    expect(instanceOf(at.fleet, high)).to.include({ state: 'pending', reason: 'insufficient_cpu' });
    await reprice('high', 300);
    expect(victims()).to.have.length(1);
    await endPreempted(at);
    expect(instanceOf(at.fleet, high).state).to.equal('assigned');
  });

  it('holds an identity for one alone, and places it after its holder has ended', async () => {
    const holder = put('holder', 1, 100, { cpu: 4000, spec: { identity: 'key' } });
    await at.settle();
    const [first, second] = [
      put('one', 1, 500, { spec: { identity: 'other' } }),
      put('two', 1, 400, { spec: { identity: 'other' } }),
    ];
    await at.settle();
    expect(victims()).to.deep.equal([holder]);
    expect(at.scheduler.why('two')?.reason).to.equal('identity_in_use');
    const heir = put('heir', 1, 900, { spec: { identity: 'key' } });
    await at.settle();
    expect(instanceOf(at.fleet, heir).state).to.equal('pending');
    setState(at.fleet, holder, 'stopped');
    await at.settle();
    expect([heir, first, second].map((serial) => instanceOf(at.fleet, serial).state)).to.deep.equal([
      'assigned',
      'assigned',
      'pending',
    ]);
  });

  it('stops no more than the minute allows, says so, and goes on in the next', async () => {
    putHost(at.fleet, 'big', { cpu: 200_000, memory: 2 ** 20 });
    put('low', 204, 100);
    await at.settle();
    put('high', 120, 500);
    await at.settle();
    expect(victims()).to.have.length(50);
    put('another', 60, 500, { cpu: 1001 });
    await at.settle();
    expect(victims().length).to.be.within(98, 100);
    await endPreempted(at);
    expect(at.scheduler.why('high')?.reason).to.equal('preemption_limited');
    const waiting = [...at.fleet.instancesOf('high')].filter(({ state }) => state === 'pending');
    expect(waiting[0]?.reason).to.equal('preemption_limited');
    await at.clock.advanceAsync(60_000);
    await endPreempted(at);
    expect(instancesByHost(at.fleet, 'high')['']).to.be.lessThan(waiting.length);
  });

  it('evicts for a miner no more for a while when it failed in the room made for it', async () => {
    put('low', 4, 100);
    await at.settle();
    const high = put('high', 1, 500);
    await endPreempted(at);
    setState(at.fleet, high, 'failed', 'exited_error');
    put('low-again', 1, 100);
    await at.settle();
    at.fleet.transact((tx) =>
      tx.createInstances('high', tx.instance(high)?.workloadId ?? 0, 1, { reason: 'queued', text: '' }),
    );
    await at.settle();
    expect(victims()).to.deep.equal([]);
    expect(at.scheduler.why('high')?.reason).to.equal('preemption_limited');
    await at.clock.advanceAsync(300_000);
    await at.settle();
    expect(victims()).to.have.length(1);
  });

  it('goes on after a restart where it was, without evicting more', async () => {
    const other = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 4000 });
      const low = putMiner(fleet, 'low', 2, { cpu: 2000, spec: { priority: 100 } });
      for (const serial of [low, low + 1])
        fleet.transact((tx) =>
          tx.updateInstance(serial, { state: 'running', hostId: 'h1', reason: 'started', text: '' }),
        );
      setState(fleet, low, 'stopping', 'preempted');
      putMiner(fleet, 'high', 1, { cpu: 2000, spec: { priority: 500 } });
      putMiner(fleet, 'rival', 9, { cpu: 100, spec: { priority: 150 } });
    });
    await other.settle();
    expect(instancesByHost(other.fleet, 'rival')).to.deep.equal({ '': 9 });
    await endPreempted(other);
    expect(instancesByHost(other.fleet, 'high')).to.deep.equal({ h1: 1 });
    expect([...other.fleet.instancesOf('low')].map(({ state }) => state)).to.deep.equal(['stopped', 'running']);
    await other.stop();
  });

  it('chooses for a thousand at once in slices', async () => {
    const other = await startScheduler((fleet) => {
      for (let host = 0; host < 100; host += 1) putHost(fleet, `h${String(host)}`, { cpu: 20_000 });
      putMiner(fleet, 'low', 2000, { spec: { priority: 100 } });
      // So many that the bound of the minute lets a thousand go at once.
      for (let host = 0; host < 10; host += 1)
        putHost(fleet, `big${String(host)}`, { cpu: 1e7, memory: 1e8, disk: 1e6 });
      putMiner(fleet, 'tiny', 20_000, { cpu: 500, memory: 1, spec: { priority: 700 } });
    });
    await other.settle();
    putMiner(other.fleet, 'high', 100, { cpu: 10_000, spec: { priority: 600, constraints: [] } });
    await endPreempted(other);
    expect(instancesByHost(other.fleet, 'high')['']).to.equal(undefined);
    await other.stop();
  }).timeout(20_000);
});
