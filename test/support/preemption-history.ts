import fc from 'fast-check';
import { holdsCapacity, isEnded, parseInstanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { Fleet } from '../../coordinator/fleet/index.js';
import { instancesIn } from '../../coordinator/instances/instance-rows.js';
import { mirrorOf } from '../../coordinator/scheduler/open-mirror.js';
import { leftOutBy } from '../../coordinator/scheduler/fit.js';
import { Scheduler } from '../../coordinator/scheduler/index.js';
import { clearingOf } from '../../coordinator/scheduler/preemption/clearings.js';
import { Tenants } from '../../coordinator/scheduler/preemption/tenants.js';
import type { WaitingGroup } from '../../coordinator/scheduler/waiting-group.js';
import type { StoreCommit } from '../../coordinator/store/store.js';
import type { FleetFixture } from './fleet-fixture.js';
import { putHost, putMiner } from './scheduler-fixture.js';
import { seededRandom } from './seeded-random.js';

const HOSTS = ['h0', 'h1', 'h2'];
const SIZES: Readonly<Record<string, number>> = { h0: 2000, h1: 3000, h2: 4000 };

/** Sizes stay, so that nothing may ever be overcommitted. */
const shapeOf = (id: string) => ({
  cpu: SIZES[id] ?? 0,
  gpus: id === 'h2' ? ['g1', 'g2'] : [],
  ports: { start: 100, end: 102 },
});

const miner = fc.record({
  kind: fc.constant('miner' as const),
  count: fc.integer({ min: 1, max: 4 }),
  shape: fc.record({
    cpu: fc.constantFrom(500, 1000, 1000, 2000, 3000),
    gpus: fc.constantFrom(0, 0, 0, 0, 1),
    ports: fc.constantFrom([], [], [], [0], [101], [0, 0]),
    spec: fc.record({
      priority: fc.constantFrom(0, 99, 100, 150, 199, 200, 300, 500, 900),
      identity: fc.constantFrom('', '', '', 'key'),
      strategy: fc.record({
        kind: fc.constantFrom('balance' as const, 'spread' as const),
        spreadBy: fc.constant(''),
        perHostCap: fc.constantFrom(0, 0, 0, 1),
      }),
    }),
  }),
});

/** One thing that may happen to the fleet. */
export const historyStep = fc.oneof(
  { weight: 6, arbitrary: miner },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      pick: fc.nat(),
      state: fc.constantFrom('stopped' as const, 'failed' as const, 'stopping' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('host' as const),
      id: fc.constantFrom(...HOSTS),
      patch: fc.constantFrom({}, { cordoned: true }, { state: 'suspect' as const }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('price' as const), pick: fc.nat(), priority: fc.nat(1000) }) },
);

type Step = typeof historyStep extends fc.Arbitrary<infer T> ? T : never;

/** A fleet with a scheduler, and with the little that a rollout and agents do. */
export class History {
  /** Evictions so far. */
  evictions = 0;
  /** What went against the rules; asserting each of millions of facts would take most of the time. */
  readonly problems: string[] = [];
  readonly #at: FleetFixture;
  #scheduler: Scheduler;
  #abort = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #miners = 0;

  constructor(at: FleetFixture) {
    this.#at = at;
    for (const id of HOSTS) putHost(at.fleet, id, shapeOf(id));
    this.#scheduler = this.#start();
    at.fleet.onApplied((commit) => this.#check(commit));
  }

  get fleet(): Fleet {
    return this.#at.fleet;
  }

  get scheduler(): Scheduler {
    return this.#scheduler;
  }

  async perform(action: Step): Promise<void> {
    const { fleet } = this.#at;
    switch (action.kind) {
      case 'miner':
        putMiner(fleet, `m${String((this.#miners += 1))}`, action.count, action.shape);
        break;
      case 'end':
        this.#end(action.pick, action.state);
        break;
      case 'host':
        putHost(fleet, action.id, { ...shapeOf(action.id), patch: action.patch });
        break;
      case 'price':
        this.#price(action.pick, action.priority);
        break;
      case 'restart':
        await this.stop();
        this.#scheduler = this.#start();
    }
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turns = 0; !this.#scheduler.settled; turns += 1) {
      if (turns > 2000) throw new Error('the scheduler does not settle');
      await Promise.resolve();
    }
  }

  /** Lets agents end what is stopping and the rollout replace it, until nothing changes any more. */
  async converge(): Promise<void> {
    const before = this.evictions;
    for (;;) {
      await this.settle();
      const instances = [...this.fleet.instances()];
      const stopping = instances.filter(({ state }) => state === 'stopping');
      if (stopping.length === 0) return;
      // Evictions go down in priority only: with nine priorities each instance can cause a handful.
      if (this.evictions - before > 4 * instances.length) throw new Error('evictions come to no end');
      for (const { serial, reason } of stopping)
        this.fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped', reason, text: '' }));
      for (const record of stopping) this.#replace(record);
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  #start(): Scheduler {
    this.#abort = new AbortController();
    const parts = { clock: this.#at.clock, random: seededRandom(1), yieldTurn: () => Promise.resolve() };
    const scheduler = new Scheduler(this.fleet, parts);
    this.#ended = scheduler.start(this.#abort.signal);
    this.#ended.catch(() => undefined); // `stop` tells.
    return scheduler;
  }

  #end(pick: number, state: 'stopped' | 'failed' | 'stopping'): void {
    const live = [...this.fleet.instances()].filter((record) => holdsCapacity(record.state));
    const record = live[pick % Math.max(1, live.length)];
    if (record === undefined || record.state === state) return;
    const reason = record.state === 'stopping' ? record.reason : state;
    this.fleet.transact((tx) => tx.updateInstance(record.serial, { state, reason, text: '' }));
    if (isEnded(state)) this.#replace(record);
  }

  #replace({ miner: name, workloadId, serial }: InstanceRecord): void {
    this.fleet.transact((tx) => {
      tx.createInstances(name, workloadId, 1, { reason: 'queued', text: '' });
      tx.removeInstance(serial);
    });
  }

  #price(pick: number, priority: number): void {
    const all = [...this.fleet.miners()];
    const record = all[pick % Math.max(1, all.length)];
    if (record !== undefined)
      this.fleet.transact((tx) => tx.putMiner({ ...record, spec: { ...record.spec, priority } }));
  }

  /** Of each eviction: the gap to whom it makes room for. */
  #check({ changes }: StoreCommit): void {
    for (const { state, reason, text, miner: victim } of changes.flatMap((change) => [...instancesIn(change)])) {
      if (state !== 'stopping' || reason !== 'preempted') continue;
      const preemptor = parseInstanceId(/ (\S+-\d+),/.exec(text)?.[1] ?? '')?.miner ?? '';
      this.evictions += 1;
      if (this.#priorityOf(preemptor) - this.#priorityOf(victim) < 100)
        this.problems.push(`${preemptor} evicts ${victim} across a smaller gap`);
    }
  }

  #priorityOf(name: string): number {
    return this.fleet.miner(name)?.spec.priority ?? 0;
  }

  /** Notes whatever is held twice, and what is held beyond what there is. */
  checkNothingTwice(): void {
    const taken = new Set<string>();
    const cpu = new Map<string, number>();
    for (const record of this.fleet.instances()) {
      if (!holdsCapacity(record.state)) continue;
      for (const thing of this.#thingsOf(record))
        if (taken.has(thing)) this.problems.push(`taken twice: ${thing}`);
        else taken.add(thing);
      const { hostId = '', workloadId } = record;
      const used = (cpu.get(hostId) ?? 0) + (this.fleet.workload(workloadId)?.resources.cpuMillis ?? 0);
      cpu.set(hostId, used);
      if (used > (SIZES[hostId] ?? 0)) this.problems.push(`${hostId} holds ${String(used)}`);
    }
  }

  /** Notes whoever waits though it fits somewhere, or others could be made to give way, or its place is still booked. */
  checkNothingPossible(): void {
    const fresh = mirrorOf(this.fleet);
    const { index, tenancy } = fresh;
    const view = new Tenants({ fleet: this.fleet, mirror: fresh, index, tenancy, wasStruck: () => false, nowMs: 0 });
    for (const group of fresh.groups()) {
      if (!group.wanted || group.pending.size === 0) continue;
      const { reason = 'queued' } = this.#scheduler.why(group.miner) ?? {};
      if (reason === 'queued' || reason === 'waiting_for_preemption')
        this.problems.push(`${group.miner} waits: ${reason}`);
      // A single failure in the room that others made bars its miner for five minutes.
      if (reason === 'preemption_limited' || reason === 'identity_in_use') continue;
      const host = [...index.hosts()].find((each) => isPossible(view, group, each));
      if (host !== undefined) this.problems.push(`${group.miner} waits: ${reason}, but ${index.entry(host).id} could`);
    }
  }

  /** What none but it may have. */
  #thingsOf({ hostId = '', hostPorts, gpuIds, workloadId, miner: name }: InstanceRecord): string[] {
    const identity = this.fleet.workload(workloadId)?.identity ?? '';
    const isCapped = (this.fleet.miner(name)?.spec.strategy.perHostCap ?? 0) > 0;
    return [
      ...(identity === '' ? [] : [`identity ${identity}`]),
      ...(isCapped ? [`${name} on ${hostId}`] : []),
      ...hostPorts.map((port) => `port ${String(port)} of ${hostId}`),
      ...gpuIds.map((gpu) => `gpu ${gpu} of ${hostId}`),
    ];
  }
}

function isPossible(view: Tenants, { demand }: WaitingGroup, host: number): boolean {
  const refusal = leftOutBy(view.index, demand, host);
  if (refusal === 'host_not_ready' || refusal === 'host_cordoned') return false;
  return refusal === undefined || clearingOf(view, demand, host) !== undefined;
}
