import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { Scheduler } from '../../../../coordinator/scheduler/index.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleMiner } from '../../../support/fleet-samples.js';
import { placementSpec } from '../../../support/placement-samples.js';
import {
  instanceOf,
  instancesByHost,
  putHost,
  putMiner,
  setState,
  startScheduler,
} from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

describe('the scheduler', () => {
  let at: SchedulerFixture;

  beforeEach(async () => {
    at = await startScheduler();
  });

  afterEach(() => at.stop());

  it('assigns pending instances, with host, ports, GPUs and a why', async () => {
    putHost(at.fleet, 'h1', { gpus: ['g1', 'g2'], ports: { start: 100, end: 200 } });
    const first = putMiner(at.fleet, 'alpha', 2, { gpus: 1, ports: [0, 0] });
    await at.settle();
    const placed = { state: 'assigned', hostId: 'h1', reason: 'placed' };
    expect(instanceOf(at.fleet, first)).to.deep.include({ ...placed, hostPorts: [100, 101], gpuIds: ['g1'] });
    expect(instanceOf(at.fleet, first + 1)).to.deep.include({ ...placed, hostPorts: [102, 103], gpuIds: ['g2'] });
    expect(instanceOf(at.fleet, first).text).to.match(/\d %/);
    expect(at.scheduler.why('alpha')).to.equal(undefined);
  });

  it('takes on what waits when it starts', async () => {
    const other = await startScheduler((fleet) => {
      putHost(fleet, 'h1', { cpu: 2000 });
      putMiner(fleet, 'alpha', 3);
    });
    await other.settle();
    expect(instancesByHost(other.fleet, 'alpha')).to.deep.equal({ h1: 2, '': 1 });
    await other.stop();
  });

  it('places higher priorities first, whoever came first', async () => {
    putMiner(at.fleet, 'low', 3, { spec: { priority: 100 } });
    putMiner(at.fleet, 'high', 2, { spec: { priority: 900 } });
    putHost(at.fleet, 'h1', { cpu: 4000 });
    await at.settle();
    expect(instancesByHost(at.fleet, 'high')).to.deep.equal({ h1: 2 });
    expect(instancesByHost(at.fleet, 'low')).to.deep.equal({ h1: 2, '': 1 });
  });

  it('lets a smaller miner of lower priority have what a larger one cannot use', async () => {
    putHost(at.fleet, 'h1', { cpu: 2000 });
    putMiner(at.fleet, 'large', 1, { cpu: 3000, spec: { priority: 900 } });
    putMiner(at.fleet, 'small', 1, { spec: { priority: 100 } });
    await at.settle();
    expect(instancesByHost(at.fleet, 'small')).to.deep.equal({ h1: 1 });
    expect(at.scheduler.why('large')?.reason).to.equal('impossible_resources');
  });

  it('tells why instances wait, in the answer and in their records, with the time of the change', async () => {
    putHost(at.fleet, 'h1', { cpu: 1500 });
    const first = putMiner(at.fleet, 'alpha', 2);
    await at.settle();
    const why = at.scheduler.why('alpha');
    expect(why?.reason).to.equal('insufficient_cpu');
    expect(why?.filters).to.deep.equal([{ reason: 'insufficient_cpu', hosts: 1 }]);
    expect(instanceOf(at.fleet, first + 1)).to.deep.include({ reason: why?.reason, text: why?.text, state: 'pending' });
    at.clock.advance(1000);
    putHost(at.fleet, 'h2', { cpu: 100 });
    expect(at.scheduler.why('alpha')?.filters).to.deep.equal([{ reason: 'insufficient_cpu', hosts: 2 }]);
    expect(at.scheduler.why('alpha')?.atMs).to.equal(why?.atMs);
    putHost(at.fleet, 'h1', { patch: { state: 'lost' }, cpu: 1500 });
    putHost(at.fleet, 'h2', { patch: { state: 'lost' }, cpu: 1000 });
    expect(at.scheduler.why('alpha')).to.deep.include({ reason: 'no_ready_hosts', atMs: at.clock.nowMs() });
  });

  it('writes why at most a hundred instances of a miner wait', async () => {
    const first = putMiner(at.fleet, 'alpha', 150);
    await at.settle();
    const reasons = [...at.fleet.instancesOf('alpha')].map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'no_hosts')).to.have.length(100);
    expect(instanceOf(at.fleet, first).reason).to.equal('no_hosts');
    expect(instanceOf(at.fleet, first + 149).reason).to.equal('queued');
  });

  it('tells those that move up, and those that come later, why they wait', async () => {
    const first = putMiner(at.fleet, 'alpha', 150);
    await at.settle();
    putHost(at.fleet, 'h1', { cpu: 40_500 });
    await at.settle();
    expect(instanceOf(at.fleet, first + 139).reason).to.equal('insufficient_cpu');
    expect(instanceOf(at.fleet, first + 149).reason).to.equal('queued');
    const { workloadId } = instanceOf(at.fleet, first);
    const why = { reason: 'queued', text: '' };
    const late = at.fleet.transact((tx) => tx.createInstances('alpha', workloadId, 1, why)).value;
    await at.settle();
    expect(instanceOf(at.fleet, late).reason).to.equal('queued');
    for (let serial = first + 40; serial < first + 60; serial += 1)
      setState(at.fleet, serial, 'stopped', 'scaled_down');
    await at.settle();
    expect(instanceOf(at.fleet, late).reason).to.equal('insufficient_cpu');
  });

  it('writes changed figures seldom, and a changed reason soon, even when nobody was woken', async () => {
    putHost(at.fleet, 'h1', { cpu: 1500 });
    const first = putMiner(at.fleet, 'alpha', 2);
    await at.settle();
    const { text } = instanceOf(at.fleet, first + 1);
    putHost(at.fleet, 'h2', { cpu: 10 });
    await at.settle();
    expect(instanceOf(at.fleet, first + 1).text).to.equal(text);
    await at.clock.advanceAsync(5000);
    await at.settle();
    expect(instanceOf(at.fleet, first + 1).text)
      .to.equal(at.scheduler.why('alpha')?.text)
      .and.not.equal(text);
    for (const id of ['h1', 'h2']) putHost(at.fleet, id, { patch: { state: 'lost' } });
    await at.clock.advanceAsync(5000);
    await at.settle();
    expect(instanceOf(at.fleet, first + 1).reason).to.equal('no_ready_hosts');
  });

  it('neither writes nor keeps a timer when nothing changes any more', async () => {
    putHost(at.fleet, 'h1', { cpu: 1500 });
    putMiner(at.fleet, 'alpha', 5);
    await at.settle();
    await at.clock.advanceAsync(20_000);
    const { revision } = at.fleet;
    await at.clock.advanceAsync(60_000);
    expect(at.fleet.revision).to.equal(revision);
    expect(at.clock.pendingTimers).to.equal(0);
  });

  it('places what waits as soon as an instance ends', async () => {
    putHost(at.fleet, 'h1', { cpu: 1000 });
    const first = putMiner(at.fleet, 'alpha', 2);
    await at.settle();
    setState(at.fleet, first, 'stopping');
    await at.settle();
    expect(instancesByHost(at.fleet, 'alpha')).to.deep.equal({ h1: 1, '': 1 });
    setState(at.fleet, first, 'stopped');
    await at.settle();
    expect(instanceOf(at.fleet, first + 1)).to.deep.include({ state: 'assigned', hostId: 'h1' });
  });

  it('places what waits as soon as a host is uncordoned, labelled or grown', async () => {
    const inZoneA = [{ attribute: 'labels.zone', operator: 'in', values: ['a'] }] as const;
    putHost(at.fleet, 'h1', { patch: { cordoned: true }, cpu: 500 });
    putMiner(at.fleet, 'alpha', 1, { spec: { constraints: inZoneA } });
    const reasons: (string | undefined)[] = [];
    for (const shape of [{ cpu: 500 }, { cpu: 500, labels: { zone: 'a' } }, { labels: { zone: 'a' } }]) {
      await at.settle();
      reasons.push(at.scheduler.why('alpha')?.reason);
      putHost(at.fleet, 'h1', shape);
    }
    await at.settle();
    expect(reasons).to.deep.equal(['host_cordoned', 'constraint_unmet', 'impossible_resources']);
    expect(instancesByHost(at.fleet, 'alpha')).to.deep.equal({ h1: 1 });
  });

  it('follows a miner whose constraints, cap or wish for instances change', async () => {
    putHost(at.fleet, 'h1');
    const strategy = { kind: 'balance', spreadBy: '', perHostCap: 1 } as const;
    const first = putMiner(at.fleet, 'alpha', 3, { spec: { strategy } });
    await at.settle();
    expect(at.scheduler.why('alpha')?.reason).to.equal('per_host_cap');
    const workloadId = instanceOf(at.fleet, first).workloadId;
    const change = (perHostCap: number, stopped: boolean): void => {
      const spec = placementSpec({ miner: 'alpha', spec: { strategy: { ...strategy, perHostCap } } });
      at.fleet.transact((tx) => tx.putMiner(sampleMiner(spec, { workloadId, stopped })));
    };
    change(2, false);
    await at.settle();
    expect(instancesByHost(at.fleet, 'alpha')).to.deep.equal({ h1: 2, '': 1 });
    change(0, true);
    await at.settle();
    expect(instancesByHost(at.fleet, 'alpha')).to.deep.equal({ h1: 2, '': 1 });
    expect(at.scheduler.why('alpha')).to.equal(undefined);
    change(0, false);
    await at.settle();
    expect(instancesByHost(at.fleet, 'alpha')).to.deep.equal({ h1: 3 });
  });

  it('never has an exclusive identity live twice, also within one batch', async () => {
    putHost(at.fleet, 'h1');
    putHost(at.fleet, 'h2');
    const first = putMiner(at.fleet, 'alpha', 2, { spec: { identity: 'key' } });
    const other = putMiner(at.fleet, 'beta', 1, { spec: { identity: 'key', priority: 100 } });
    await at.settle();
    expect(at.fleet.holderOf('key')?.serial).to.equal(first);
    for (const miner of ['alpha', 'beta']) expect(at.scheduler.why(miner)?.reason).to.equal('identity_in_use');
    expect(instanceOf(at.fleet, other)).to.deep.include({ state: 'pending', reason: 'identity_in_use' });
    setState(at.fleet, first, 'stopping');
    await at.settle();
    expect(at.fleet.holderOf('key')?.serial).to.equal(first);
    setState(at.fleet, first, 'stopped');
    await at.settle();
    expect(at.fleet.holderOf('key')?.serial).to.equal(first + 1);
    expect(instanceOf(at.fleet, other).state).to.equal('pending');
  });

  it('forgets pending instances that are ended or removed elsewhere', async () => {
    const first = putMiner(at.fleet, 'alpha', 3);
    await at.settle();
    setState(at.fleet, first, 'stopped', 'scaled_down');
    at.fleet.transact((tx) => tx.removeInstance(first + 1));
    putHost(at.fleet, 'h1');
    await at.settle();
    expect(instanceOf(at.fleet, first).state).to.equal('stopped');
    expect(instanceOf(at.fleet, first + 2).state).to.equal('assigned');
  });

  it('frees the capacity of lost instances for others', async () => {
    putHost(at.fleet, 'h1', { cpu: 2000 });
    const first = putMiner(at.fleet, 'alpha', 2, { ports: [0] });
    await at.settle();
    at.fleet.transact((tx) => {
      for (const serial of [first, first + 1])
        tx.updateInstance(serial, { state: 'lost', reason: 'host_lost', text: '' });
    });
    putMiner(at.fleet, 'beta', 2, { ports: [0] });
    await at.settle();
    expect(instancesByHost(at.fleet, 'beta')).to.deep.equal({ h1: 2 });
  });

  it('ends with the cause when the fleet can take no more', async () => {
    const { fleet, store, clock } = await openFleetFixture();
    putHost(fleet, 'h1');
    putMiner(fleet, 'alpha', 1);
    store.fail(new Error('disk broke'));
    await fleet.failed;
    const scheduler = new Scheduler(fleet, { clock, random: () => 0.5, yieldTurn: () => Promise.resolve() });
    const outcome = await scheduler.start(new AbortController().signal).catch((cause: unknown) => cause);
    expect(outcome).to.be.instanceOf(HeadframeError);
    expect(scheduler.why('alpha')?.reason).to.equal('queued');
  });

  it('does its work in slices and lets the loop run in between', async () => {
    const { fleet } = at;
    for (let host = 0; host < 20; host += 1) putHost(fleet, `h${String(host)}`);
    let [turns, largest] = [0, 0];
    const unfollow = fleet.onApplied(({ changes }) => (largest = Math.max(largest, changes.length)));
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => (nowMs += 3) };
    const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => resolve(void (turns += 1))));
    await at.stop();
    const scheduler = new Scheduler(fleet, { clock, random: () => 0.5, yieldTurn });
    const abort = new AbortController();
    putMiner(fleet, 'alpha', 1000);
    largest = 0;
    const ended = scheduler.start(abort.signal);
    while (!scheduler.settled) await yieldTurn();
    unfollow();
    expect(turns).to.be.at.least(4);
    expect(largest).to.be.at.most(256);
    expect(fleet.countsOf('alpha').assigned).to.equal(1000);
    abort.abort();
    await ended;
  });
});
