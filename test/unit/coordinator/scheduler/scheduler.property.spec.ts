import { expect } from 'chai';
import fc from 'fast-check';
import { holdsCapacity, isEnded } from '../../../../common/model/instance.js';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { instancesIn } from '../../../../coordinator/instances/instance-rows.js';
import type { FleetMirror } from '../../../../coordinator/scheduler/fleet-mirror.js';
import { mirrorOf } from '../../../../coordinator/scheduler/open-mirror.js';
import { Scheduler } from '../../../../coordinator/scheduler/index.js';
import { leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import { countedIn, placementSpec } from '../../../support/placement-samples.js';
import { endPreempted, putHost, putMiner, startScheduler } from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

const HOSTS = ['h0', 'h1', 'h2', 'h3'];
const NEXT = { assigned: 'running', preparing: 'running', starting: 'running', running: 'stopping' } as const;

/** Sizes stay, so that nothing may ever be overcommitted. */
const shapeOf = (id: string) => ({
  cpu: 4000 + 1000 * HOSTS.indexOf(id),
  memory: 4096,
  gpus: id === 'h0' ? ['g1', 'g2'] : [],
  ports: { start: 100, end: 104 },
});

const host = fc.record({
  kind: fc.constant('host' as const),
  id: fc.constantFrom(...HOSTS),
  zone: fc.constantFrom('a', 'b'),
  patch: fc.constantFrom({}, {}, {}, { state: 'lost' as const }, { cordoned: true }, { draining: true }),
});

const miner = fc.record({
  kind: fc.constant('miner' as const),
  count: fc.integer({ min: 1, max: 6 }),
  shape: fc.record({
    cpu: fc.constantFrom(500, 1000, 3000),
    gpus: fc.constantFrom(0, 0, 0, 1),
    ports: fc.constantFrom([], [], [0], [102], [0, 0]),
    spec: fc.record({
      priority: fc.constantFrom(100, 500, 900),
      identity: fc.constantFrom('', '', 'key'),
      constraints: fc.constantFrom([], [{ attribute: 'labels.zone', operator: 'in' as const, values: ['a'] }]),
      strategy: fc.record({
        kind: fc.constantFrom('balance' as const, 'spread' as const, 'consolidate' as const),
        spreadBy: fc.constant(''),
        perHostCap: fc.constantFrom(0, 0, 2),
      }),
    }),
  }),
});

const instance = fc.record({
  kind: fc.constant('instance' as const),
  pick: fc.nat(),
  change: fc.constantFrom('advance' as const, 'advance' as const, 'end' as const, 'lose' as const, 'remove' as const),
});

const policy = fc.record({
  kind: fc.constant('policy' as const),
  pick: fc.nat(),
  priority: fc.constantFrom(100, 500, 900),
  perHostCap: fc.constantFrom(0, 1, 3),
  stopped: fc.constantFrom(false, false, true),
});

const removal = fc.record({ kind: fc.constant('removeHost' as const), id: fc.constantFrom(...HOSTS) });

const step = fc.oneof(
  { weight: 3, arbitrary: host },
  { weight: 4, arbitrary: miner },
  { weight: 8, arbitrary: instance },
  { weight: 2, arbitrary: policy },
  { weight: 1, arbitrary: removal },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let miners = 0;

function perform(fleet: Fleet, action: Step): void {
  switch (action.kind) {
    case 'host':
      putHost(fleet, action.id, { ...shapeOf(action.id), labels: { zone: action.zone }, patch: action.patch });
      break;
    case 'miner':
      putMiner(fleet, `m${String((miners += 1))}`, action.count, action.shape);
      break;
    case 'instance': {
      const all = [...fleet.instances()];
      const chosen = all[action.pick % Math.max(1, all.length)];
      if (chosen !== undefined) changeInstance(fleet, chosen, action.change);
      break;
    }
    case 'policy':
      changePolicy(fleet, action);
      break;
    case 'removeHost':
      removeHost(fleet, action.id);
  }
}

function changeInstance(
  fleet: Fleet,
  { serial, state }: InstanceRecord,
  change: 'advance' | 'end' | 'lose' | 'remove',
): void {
  fleet.transact((tx) => {
    const patch = (to: InstanceRecord['state']): unknown =>
      tx.updateInstance(serial, { state: to, reason: to, text: '' });
    if (change === 'remove' && isEnded(state)) tx.removeInstance(serial);
    else if (isEnded(state)) return;
    else if (change === 'end') patch('stopped');
    else if (change === 'lose' && state !== 'pending') patch('lost');
    else if (state in NEXT) patch(NEXT[state as keyof typeof NEXT]); // keyof: just checked
  });
}

function changePolicy(fleet: Fleet, action: Step & { kind: 'policy' }): void {
  const all = [...fleet.miners()];
  const record = all[action.pick % Math.max(1, all.length)];
  if (record === undefined) return;
  const strategy = { ...record.spec.strategy, perHostCap: action.perHostCap };
  const spec = { ...record.spec, priority: action.priority, strategy };
  fleet.transact((tx) => tx.putMiner({ ...record, spec, stopped: action.stopped }));
}

/** As an operator removes a host: what runs there is given up in the same transaction. */
function removeHost(fleet: Fleet, id: string): void {
  fleet.transact((tx) => {
    if (tx.host(id) === undefined) return;
    for (const { serial, state } of [...tx.instancesOn(id)])
      if (holdsCapacity(state)) tx.updateInstance(serial, { state: 'lost', reason: 'host_removed', text: '' });
    tx.removeHost(id);
  });
}

function expectNothingTwice(fleet: Fleet): void {
  const [identities, ports, gpus]: [string[], string[], string[]] = [[], [], []];
  for (const { state, hostId, hostPorts, gpuIds, workloadId } of fleet.instances()) {
    if (!holdsCapacity(state)) continue;
    const identity = fleet.workload(workloadId)?.identity ?? '';
    if (identity !== '') identities.push(identity);
    for (const port of hostPorts) ports.push(`${String(hostId)} ${String(port)}`);
    for (const gpu of gpuIds) gpus.push(`${String(hostId)} ${gpu}`);
  }
  for (const list of [identities, ports, gpus]) expect(new Set(list).size).to.equal(list.length);
}

/** Every pending instance of a miner that wants instances fits nowhere that is not kept for another, and its miner knows why. */
function expectWhys({ fleet, scheduler }: SchedulerFixture, fresh: FleetMirror): void {
  const booked = bookIn(fresh, fleet);
  for (const group of fresh.groups()) {
    if (!group.wanted || group.pending.size === 0) continue;
    const why = scheduler.why(group.miner);
    expect(why?.reason).to.be.a('string').and.not.equal('queued');
    const oldest = fleet.instance(group.pending.first() ?? 0);
    expect(oldest?.reason).to.equal(why?.reason);
    const { identity } = group.demand;
    if (identity !== '' && (fleet.holderOf(identity) !== undefined || booked.has(identity))) continue;
    for (const each of fresh.index.hosts()) expect(leftOutBy(fresh.index, group.demand, each)).to.not.equal(undefined);
  }
}

/** Books the places in an index that are kept for those who wait for others to end; gives the identities they will hold. */
function bookIn(fresh: FleetMirror, fleet: Fleet): Set<string> {
  const identities = new Set<string>();
  for (const { serial, reason, state, text } of fleet.instances()) {
    const holding = fresh.holdingOf(serial);
    const host = fresh.index.handleOf(/ on (\S+) /.exec(text)?.[1] ?? '');
    if (state !== 'pending' || reason !== 'waiting_for_preemption' || holding === undefined || host === undefined)
      continue;
    fresh.index.book(host, holding.group.demand);
    identities.add(holding.group.demand.identity);
  }
  return identities;
}

/** Of one turn: none of a shape was placed while one of a higher priority and the same shape waits. */
function expectPriorities(fresh: FleetMirror, placed: ReadonlySet<number>): void {
  const lowest = new Map<string, number>();
  for (const serial of placed) {
    const holding = fresh.holdingOf(serial);
    if (holding === undefined) continue;
    const { shape, priority } = holding.group.demand;
    lowest.set(shape, Math.min(priority, lowest.get(shape) ?? priority));
  }
  for (const { demand, pending, wanted } of fresh.groups()) {
    if (!wanted || pending.size === 0 || demand.identity !== '') continue;
    expect(demand.priority).to.be.at.most(lowest.get(demand.shape) ?? demand.priority);
  }
}

/** What one more miner of tiny instances would get on each host: all that is free, to the last unit. */
async function freeByPlan(scheduler: Scheduler): Promise<unknown> {
  const probes = [
    { cpu: 1, memory: 0 },
    { cpu: 0, memory: 1 },
    { cpu: 0, memory: 0, ports: [0] },
    { cpu: 0, memory: 0, gpus: 1 },
  ];
  const found: unknown[] = [];
  for (const [number, probe] of probes.entries()) {
    const spec = { ...placementSpec({ miner: `probe${String(number)}`, ...probe }), replicas: 40_000, priority: 0 };
    const [plan] = await scheduler.plan([{ spec, replaces: false }]);
    found.push([...(plan?.placements ?? [])].sort((a, b) => (a.hostId < b.hostId ? -1 : 1)));
  }
  return found;
}

describe('the scheduler, whatever happens to the fleet', () => {
  it('keeps its index as if made anew, takes nothing twice, and tells why the rest waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 15 }), async (turns) => {
        const at = await startScheduler((fleet) => {
          for (const id of HOSTS.slice(0, 2)) putHost(fleet, id, { ...shapeOf(id), labels: { zone: 'a' } });
        });
        const follower = mirrorOf(at.fleet);
        at.fleet.onApplied((commit) => follower.apply(commit));
        const placed = new Set<number>();
        at.fleet.onApplied(({ changes }) => {
          for (const change of changes)
            for (const { reason, serial } of instancesIn(change)) if (reason === 'placed') placed.add(serial);
        });
        for (const turn of turns) {
          for (const action of turn) perform(at.fleet, action);
          placed.clear();
          await at.settle();
          await endPreempted(at);
          await at.clock.advanceAsync(6000); // what changed without waking anybody is told by now
          await at.settle();
          const fresh = mirrorOf(at.fleet);
          expect(countedIn(follower.index)).to.deep.equal(countedIn(fresh.index));
          expectNothingTwice(at.fleet);
          expectPriorities(fresh, placed);
          for (const each of fresh.index.hosts()) expect(fresh.index.columns.freeCpu[each]).to.be.at.least(0);
          expectWhys(at, fresh);
        }
        // What is kept for those that wait for others to stop is known to the first scheduler alone.
        await endPreempted(at, () => true);
        expect(await freeByPlan(at.scheduler)).to.deep.equal(await freeByPlan(restart(at)));
        await at.stop();
      }),
      { numRuns: 60 },
    );
  }).timeout(240_000);

  it('never lets a lower priority have what a higher one of the same shape waits for', async () => {
    const crowd = fc.array(
      fc.record({
        priority: fc.constantFrom(100, 500, 900),
        count: fc.integer({ min: 1, max: 9 }),
        cpu: fc.constantFrom(500, 1000),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(crowd, { maxLength: 3 }), fc.nat(20), async (crowds, cpus) => {
        const at = await startScheduler();
        for (const [round, wave] of crowds.entries()) {
          const before = new Set([...at.fleet.instances()].filter(({ hostId }) => hostId !== undefined));
          for (const { priority, count, cpu } of wave)
            putMiner(at.fleet, `m${String((miners += 1))}`, count, { cpu, spec: { priority } });
          putHost(at.fleet, `h${String(round)}`, { cpu: cpus * 1000 });
          await endPreempted(at);
          const known = new Set([...before].map(({ serial }) => serial));
          const placed = [...at.fleet.instances()].filter(
            ({ hostId, serial }) => hostId !== undefined && !known.has(serial),
          );
          expectPriorities(mirrorOf(at.fleet), new Set(placed.map(({ serial }) => serial)));
        }
        await at.stop();
      }),
    );
  }).timeout(240_000);
});

/** A second scheduler that learns all from the records. */
function restart(at: SchedulerFixture): Scheduler {
  return new Scheduler(at.fleet, { clock: at.clock, random: () => 0.3, yieldTurn: () => Promise.resolve() });
}
