import { expect } from 'chai';
import fc from 'fast-check';
import { holdsCapacity, isEnded } from '../../../../common/model/instance.js';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import { executeSteps } from '../../../../coordinator/rollout/execute.js';
import {
  applyMiners,
  planRollout,
  restartMiner,
  scaleMiner,
  stopMiner,
} from '../../../../coordinator/rollout/index.js';
import type { RolloutPlan } from '../../../../coordinator/rollout/index.js';
import { drainSurge } from '../../../../coordinator/rollout/policy.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleSpec } from '../../../support/fleet-samples.js';
import type { ManualClock } from '../../../support/manual-clock.js';

const KINDS = new Map([['container', containerKind]]);
/** `h0` is always there and usable. */
const HOSTS = ['h0', 'h1', 'h2'] as const;
const HOUR = 3_600_000;

/** One miner on a few hosts, with the plainest scheduler and agents there can be. */
class World {
  readonly fleet: Fleet;
  readonly clock: ManualClock;
  readonly identity: string;
  #grace = 1;

  constructor(fleet: Fleet, clock: ManualClock, identity: string) {
    this.fleet = fleet;
    this.clock = clock;
    this.identity = identity;
    for (const id of HOSTS) fleet.transact((tx) => tx.putHost(sampleHost(id)));
    this.respec();
  }

  instances(): InstanceRecord[] {
    return [...this.fleet.instancesOf('alpha')];
  }

  wanted(): number {
    const miner = this.fleet.miner('alpha');
    return miner === undefined || miner.stopped ? 0 : miner.spec.replicas;
  }

  active(): InstanceRecord[] {
    return this.instances().filter(({ state }) => !isEnded(state) && state !== 'stopping');
  }

  respec(): void {
    const replicas = this.fleet.miner('alpha')?.spec.replicas ?? 1;
    const spec = sampleSpec({ replicas, identity: this.identity, stopGraceMs: this.#grace++ });
    this.fleet.transact((tx) => applyMiners(tx, [spec], KINDS));
  }

  plan(): RolloutPlan {
    const miner = this.fleet.miner('alpha');
    if (miner === undefined) throw new Error('the miner is gone');
    return planRollout({
      nowMs: this.clock.nowMs(),
      miner,
      instances: this.fleet.instancesOf('alpha'),
      workload: (id) => this.fleet.workload(id),
      host: (id) => this.fleet.host(id),
    });
  }

  pass(): RolloutPlan {
    const plan = this.plan();
    const miner = this.fleet.miner('alpha');
    if (miner !== undefined) this.fleet.transact((tx) => executeSteps(tx, miner, plan.steps));
    return plan;
  }

  /** Places or moves on the instance at a place in the list, or lets it fail. */
  move(at: number, fails: boolean): void {
    const all = this.instances().filter(({ state }) => !isEnded(state));
    const record = all[at % Math.max(1, all.length)];
    if (record === undefined) return;
    if (record.state === 'pending') this.#place(record, at);
    else this.#advance(record, fails);
  }

  #place(record: InstanceRecord, at: number): void {
    if (this.identity !== '' && this.fleet.holderOf(this.identity) !== undefined) return;
    const usable = [...this.fleet.hosts()].filter(({ state, draining }) => state === 'ready' && !draining);
    const hostId = usable[at % usable.length]?.id;
    if (hostId !== undefined)
      this.fleet.transact((tx) => tx.updateInstance(record.serial, { state: 'assigned', hostId }));
  }

  #advance(record: InstanceRecord, fails: boolean): void {
    const state = record.state === 'stopping' ? 'stopped' : fails ? 'failed' : 'running';
    const patch = { state, startedAtMs: this.clock.nowMs() } as const;
    if (this.fleet.host(record.hostId ?? '')?.state === 'ready')
      this.fleet.transact((tx) => tx.updateInstance(record.serial, patch));
  }
}

type Act = (world: World) => void;

const host = (patch: Parameters<typeof sampleHost>[1]) =>
  fc.constantFrom('h1', 'h2').map(
    (id): Act =>
      ({ fleet }) =>
        fleet.transact((tx) => tx.putHost(sampleHost(id, patch))),
  );

const acts = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(fc.nat(30), fc.nat(9)).map(
        ([at, chance]): Act =>
          (world) =>
            world.move(at, chance === 0),
      ),
    },
    fc.nat(6).map((count): Act => ({ fleet, identity }) => {
      fleet.transact((tx) => scaleMiner(tx, 'alpha', identity === '' ? count : count % 2));
    }),
    fc.constant<Act>((world) => world.respec()),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => restartMiner(tx, 'alpha'))),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => stopMiner(tx, 'alpha'))),
    fc.nat(300_000).map(
      (ms): Act =>
        ({ clock }) =>
          clock.advance(ms),
    ),
    host({}),
    host({ draining: true }),
    host({ state: 'lost' }),
    fc.constantFrom('h1', 'h2').map(
      (id): Act =>
        ({ fleet }) =>
          fleet.transact((tx) => tx.removeHost(id)),
    ),
  ),
  { maxLength: 60 },
);

function expectBounded(world: World): void {
  const wanted = world.wanted();
  expect(world.active().length).to.be.at.most(wanted + (wanted > 0 ? drainSurge(wanted) : 0));
  const workloads = new Set(world.instances().map(({ workloadId }) => workloadId));
  for (const id of workloads) expect(world.fleet.workload(id)).to.not.equal(undefined);
  if (world.identity === '') return;
  expect(world.instances().filter(({ state }) => holdsCapacity(state))).to.have.length.at.most(1);
}

function expectConverges(world: World): void {
  let plan = world.pass();
  for (let round = 0; round < 60; round++) {
    for (let at = 0; at < world.instances().length; at++) world.move(at, false);
    world.clock.advance(HOUR);
    plan = world.pass();
    expectBounded(world);
  }
  expect(plan.steps).to.deep.equal([]);
  expect(plan.why).to.equal(undefined);
  const { fleet } = world;
  const live = world.instances().filter(({ state }) => !isEnded(state));
  expect(live).to.have.length(world.wanted());
  for (const record of live) {
    expect(record.state).to.equal('running');
    expect(record.workloadId).to.equal(fleet.miner('alpha')?.workloadId);
    expect(fleet.host(record.hostId ?? '')).to.include({ state: 'ready', draining: false });
  }
}

describe('the rollout, whatever happens', () => {
  for (const identity of ['', 'key'])
    it(`stays within its bounds and comes to rest as wanted ${identity === '' ? 'without' : 'with'} an identity`, async () => {
      await fc.assert(
        fc.asyncProperty(acts, async (run) => {
          const { fleet, clock } = await openFleetFixture();
          const world = new World(fleet, clock, identity);
          for (const act of run) {
            act(world);
            world.pass();
            expectBounded(world);
          }
          expectConverges(world);
        }),
        { numRuns: 100 },
      );
    });
});
