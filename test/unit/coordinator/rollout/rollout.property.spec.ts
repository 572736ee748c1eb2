import { expect } from 'chai';
import fc from 'fast-check';
import { isEnded } from '../../../../common/model/instance.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { CountOrPercent, UpdatePolicy } from '../../../../common/model/rollout.js';
import { isAvailable, takeCensus } from '../../../../coordinator/rollout/census.js';
import type { RolloutView } from '../../../../coordinator/rollout/census.js';
import {
  pauseMiner,
  releaseMiner,
  restartMiner,
  resumeMiner,
  rollbackMiner,
  scaleMiner,
  stopMiner,
} from '../../../../coordinator/rollout/index.js';
import type { RolloutPlan } from '../../../../coordinator/rollout/index.js';
import { drainSurge, updateBounds } from '../../../../coordinator/rollout/policy.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { KINDS, RolloutWorld, countedOn, held } from '../../../support/rollout-world.js';

const HOUR = 3_600_000;

type Act = (world: RolloutWorld) => void;

const refusable = (act: Act): Act => {
  return (world) => {
    try {
      act(world);
    } catch (error) {
      // Some of what is asked may be refused, as a restart of a paused miner is; whatever was done is undone then.
      if (!(error instanceof Error) || !('reason' in error)) throw error;
    }
  };
};

const host = (patch: Parameters<typeof sampleHost>[1]): fc.Arbitrary<Act> =>
  fc.constantFrom('h1', 'h2').map(
    (id) =>
      ({ fleet }) =>
        fleet.transact((tx) => tx.putHost(sampleHost(id, patch))),
  );

const amount = (min: number): fc.Arbitrary<CountOrPercent> =>
  fc.oneof(
    fc.record({ kind: fc.constant('count' as const), value: fc.integer({ min, max: 3 }) }),
    fc.record({ kind: fc.constant('percent' as const), value: fc.constantFrom(min * 10, 34, 50, 100) }),
  );

const NO_SURGE: CountOrPercent = { kind: 'count', value: 0 };

const updatePolicy = (identity: string): fc.Arbitrary<UpdatePolicy> =>
  fc.record({
    ...(identity === ''
      ? { maxUnavailable: amount(0), maxSurge: amount(1) }
      : { maxUnavailable: amount(1), maxSurge: fc.constant(NO_SURGE) }),
    minHealthyMs: fc.constantFrom(0, 5000),
    progressDeadlineMs: fc.constantFrom(0, 60_000),
    autoRollback: fc.boolean(),
  });

let grace = 1;

const act = (identity: string): fc.Arbitrary<Act> =>
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.tuple(fc.nat(30), fc.nat(9)).map(
        ([at, chance]): Act =>
          (world) =>
            world.move(at, chance === 0),
      ),
    },
    fc.nat(6).map((count): Act => ({ fleet }) => {
      fleet.transact((tx) => scaleMiner(tx, 'alpha', identity === '' ? count : count % 2));
    }),
    fc.constant<Act>((world) => world.apply({ stopGraceMs: grace++ })),
    updatePolicy(identity).map(
      (update): Act =>
        (world) =>
          world.apply({ update }),
    ),
    fc.constant<Act>(refusable(({ fleet }) => fleet.transact((tx) => restartMiner(tx, 'alpha')))),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => stopMiner(tx, 'alpha'))),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => pauseMiner(tx, 'alpha'))),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => resumeMiner(tx, 'alpha'))),
    fc.constant<Act>(({ fleet }) => fleet.transact((tx) => releaseMiner(tx, 'alpha'))),
    fc.constant<Act>(
      refusable(({ fleet }) =>
        fleet.transact((tx) => rollbackMiner(tx, 'alpha', KINDS, { toRevision: 0, cause: 'rollback' })),
      ),
    ),
    {
      weight: 2,
      arbitrary: fc.constantFrom(1000, 5000, 70_000, 300_000).map(
        (ms): Act =>
          ({ clock }) =>
            clock.advance(ms),
      ),
    },
    fc.nat(20).map((at): Act => (world) => {
      const record = world.active()[at];
      if (record !== undefined) world.moving.add(record.serial);
    }),
    host({}),
    host({ draining: true }),
    host({ state: 'lost' }),
    fc.constantFrom('h1', 'h2').map(
      (id): Act =>
        ({ fleet }) =>
          fleet.transact((tx) => tx.removeHost(id)),
    ),
  );

interface History {
  readonly spec: Partial<MinerSpec>;
  readonly acts: readonly Act[];
}

const histories = (identity: string): fc.Arbitrary<History> =>
  fc.record({
    spec: fc.record({
      identity: fc.constant(identity),
      onDisconnect: fc.constant(identity === '' ? ('keep' as const) : ('stop' as const)),
      replicas: identity === '' ? fc.nat(6) : fc.nat(1),
      update: updatePolicy(identity),
      retry: fc.record({ maxFailures: fc.nat(3), windowMs: fc.constant(HOUR) }),
    }),
    acts: fc.array(act(identity), { maxLength: 18 }),
  });

/** Asserts only what does not hold: asserting each of millions of facts would take most of the time. */
function check(holds: boolean, what: string, seen: unknown): void {
  if (!holds) expect.fail(`${what}: ${JSON.stringify(seen)}`);
}

const UPDATES: ReadonlySet<string> = new Set(['spec_changed', 'restart_requested']);

/** What a pass may never do, by what it saw. */
function expectLawful(view: RolloutView, { steps }: RolloutPlan): void {
  const { rollout, quarantine, spec } = view.miner;
  const { active } = takeCensus(view);
  const ending = new Map(
    steps.flatMap((step) =>
      step.kind === 'stop' || step.kind === 'remove' ? [[step.serial, step.reason] as const] : [],
    ),
  );
  const replaced = active.filter(({ serial }) => UPDATES.has(ending.get(serial) ?? ''));
  const halted = rollout.paused || rollout.state === 'failed';
  check(!halted || replaced.length === 0, 'replaced while halted', replaced);
  check(quarantine === undefined || !steps.some(({ kind }) => kind === 'create'), 'created in quarantine', steps);
  if (!replaced.some(isAvailable)) return;
  const wanted = view.miner.stopped ? 0 : spec.replicas;
  const left = active.filter(({ serial }) => !ending.has(serial));
  const available = countedOn(view, left);
  check(available >= wanted - updateBounds(spec, wanted).unavailable, 'available', available);
}

function expectBounded(world: RolloutWorld): void {
  const { wanted, miner, fleet } = world;
  const most = wanted === 0 ? 0 : wanted + drainSurge(wanted) + updateBounds(miner.spec, wanted).surge;
  const active = world.active();
  check(active.length <= most, 'active', active);
  for (const { workloadId } of world.instances())
    check(fleet.workload(workloadId) !== undefined, 'without its workload', workloadId);
  check(fleet.workload(miner.workloadId)?.specRevision === miner.rollout.toRevision, 'its revision', miner.rollout);
  const now = fleet.historyOf('alpha').revisions.filter(({ revision }) => revision === miner.rollout.toRevision);
  check(now.length === 1, 'in its history', now);
  if (miner.spec.identity !== '') check(held(world).length <= 1, 'held', held(world));
}

function isAtRest(world: RolloutWorld): boolean {
  const { stopped, rollout } = world.miner;
  const live = world.instances().filter(({ state }) => !isEnded(state));
  const isUp = live.length === world.wanted && live.every(({ state }) => state === 'running');
  return isUp && (stopped || rollout.state === 'complete' || rollout.state === 'rolledBack');
}

/** Once nothing fails and nobody interferes any more, everything comes to run as declared. */
function expectConverges(world: RolloutWorld): void {
  const { fleet } = world;
  for (const id of ['h1', 'h2']) fleet.transact((tx) => tx.putHost(sampleHost(id)));
  fleet.transact((tx) => releaseMiner(tx, 'alpha'));
  fleet.transact((tx) => resumeMiner(tx, 'alpha'));
  for (let round = 0; round < 80; round++) {
    for (let at = 0; at < world.instances().length; at++) world.move(at, false);
    const plan = world.pass();
    expectBounded(world);
    if (plan.steps.length === 0 && !plan.unfinished && isAtRest(world)) break;
    world.clock.advance(round % 2 === 0 ? 6000 : 50_000);
    fleet.transact((tx) => resumeMiner(tx, 'alpha'));
  }
  const live = world.instances().filter(({ state }) => !isEnded(state));
  check(live.length === world.wanted, `not ${String(world.wanted)} live`, live);
  for (const record of live) {
    const isMoving = world.moving.has(record.serial);
    check(record.state === 'running' && !isMoving, 'not at rest', record);
    check(record.workloadId === world.miner.workloadId, 'of another workload', record);
  }
  check(isAtRest(world), 'the miner is not at rest', world.miner);
}

describe('the rollout, whatever happens', () => {
  for (const [identity, numRuns] of [
    ['', 15_000],
    ['key', 5000],
  ] as const)
    it(`stays within its bounds and comes to rest as wanted ${identity === '' ? 'without' : 'with'} an identity`, async function () {
      this.timeout(240_000); // ten times what a quiet machine takes
      await fc.assert(
        fc.asyncProperty(histories(identity), fc.boolean(), async ({ spec, acts }, watched) => {
          const world = new RolloutWorld(spec);
          world.onSteps = expectLawful;
          for (const one of acts) {
            one(world);
            world.pass(watched ? Infinity : 1000);
            expectBounded(world);
          }
          expectConverges(world);
          // Else what every fleet tells of its commits would pile up until the last of them is done.
          await Promise.resolve();
        }),
        { numRuns },
      );
    });
});
