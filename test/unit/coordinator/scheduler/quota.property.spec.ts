import { expect } from 'chai';
import fc from 'fast-check';
import { holdsCapacity } from '../../../../common/model/instance.js';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import { applyNamespace } from '../../../../coordinator/namespaces/index.js';
import { mirrorOf } from '../../../../coordinator/scheduler/open-mirror.js';
import { leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import { putHost, putMiner, startScheduler } from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

const NAMESPACES = ['default', 'red', 'blue'] as const;

const quota = fc.record({
  kind: fc.constant('quota' as const),
  name: fc.constantFrom(...NAMESPACES),
  cpuMillis: fc.constantFrom(undefined, undefined, 0, 2500, 6000),
  instances: fc.constantFrom(undefined, undefined, 1, 4),
});
/** Without pre-emption while their priorities lie close together. */
const minerOf = (...priorities: readonly number[]) =>
  fc.record({
    kind: fc.constant('miner' as const),
    namespace: fc.constantFrom(...NAMESPACES),
    count: fc.integer({ min: 1, max: 6 }),
    cpu: fc.constantFrom(500, 1000, 3000),
    priority: fc.constantFrom(...priorities),
  });
const end = fc.record({ kind: fc.constant('end' as const), pick: fc.nat() });
const move = fc.record({
  kind: fc.constant('move' as const),
  pick: fc.nat(),
  namespace: fc.constantFrom(...NAMESPACES),
});
const stepOf = (...priorities: readonly number[]) =>
  fc.oneof(
    { weight: 2, arbitrary: quota },
    { weight: 4, arbitrary: minerOf(...priorities) },
    { weight: 5, arbitrary: end },
    { weight: 1, arbitrary: move },
  );
type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer T> ? T : never;

let miners = 0;

function perform({ fleet }: SchedulerFixture, action: Step): void {
  switch (action.kind) {
    case 'quota': {
      const { name, cpuMillis, instances } = action;
      const limits = { ...NO_QUOTA, cpuMillis, instances };
      fleet.transact((tx) => applyNamespace(tx, { name, description: '', labels: {}, quota: limits }));
      break;
    }
    case 'miner': {
      const { namespace, priority, cpu, count } = action;
      putMiner(fleet, `q${String((miners += 1))}`, count, { cpu, spec: { namespace, priority } });
      break;
    }
    case 'end': {
      const live = [...fleet.instances()].filter(({ state }) => holdsCapacity(state));
      const chosen = live[action.pick % Math.max(1, live.length)];
      if (chosen !== undefined)
        fleet.transact((tx) => tx.updateInstance(chosen.serial, { state: 'stopped', reason: 'stopped', text: '' }));
      break;
    }
    case 'move': {
      const all = [...fleet.miners()];
      const record = all[action.pick % Math.max(1, all.length)];
      if (record === undefined) break;
      fleet.transact((tx) => tx.putMiner({ ...record, spec: { ...record.spec, namespace: action.namespace } }));
    }
  }
}

/** What a namespace's instances hold by the records alone. */
function heldIn({ fleet }: SchedulerFixture, namespace: string): { cpuMillis: number; instances: number } {
  const held = { cpuMillis: 0, instances: 0 };
  for (const { miner: name, workloadId, state } of fleet.instances()) {
    if (!holdsCapacity(state) || fleet.miner(name)?.spec.namespace !== namespace) continue;
    held.cpuMillis += fleet.workload(workloadId)?.resources.cpuMillis ?? 0;
    held.instances += 1;
  }
  return held;
}

/** No instance was ever placed while that broke a limit: whatever is over its limit was there before. */
function watchPlacements(at: SchedulerFixture): void {
  at.fleet.onApplied(({ changes }) => {
    const placed = changes.flatMap((change) =>
      change.kind === 'instance' && change.record.reason === 'placed' ? change.record.miner : [],
    );
    for (const namespace of new Set(placed.map((name) => at.fleet.miner(name)?.spec.namespace ?? ''))) {
      const { cpuMillis = Infinity, instances = Infinity } = at.fleet.namespace(namespace)?.quota ?? {};
      const held = heldIn(at, namespace);
      expect(held.cpuMillis).to.be.at.most(cpuMillis);
      expect(held.instances).to.be.at.most(instances);
    }
  });
}

/** Who waits does so because no host takes it or its quota has no room, and was told which. */
function expectWhys({ fleet, scheduler }: SchedulerFixture): void {
  const fresh = mirrorOf(fleet);
  for (const { account, demand, pending, wanted, miner: name } of fresh.groups()) {
    if (!wanted || pending.size === 0) continue;
    const why = scheduler.why(name)?.reason;
    if (why === 'quota_exceeded') expect(account.room(demand, 1)).to.equal(0);
    else for (const host of fresh.index.hosts()) expect(leftOutBy(fresh.index, demand, host)).to.not.equal(undefined);
    expect(fleet.instance(pending.first() ?? 0)?.reason).to.equal(why);
  }
  for (const namespace of NAMESPACES)
    expect(scheduler.useOf(namespace).used).to.deep.include(fresh.quotas.of(namespace).used);
}

/** Runs generated histories; `check` looks at the fleet whenever it has settled. */
async function live(priorities: readonly number[], check: (at: SchedulerFixture) => void): Promise<void> {
  const turns = fc.array(fc.array(stepOf(...priorities), { minLength: 1, maxLength: 4 }), { maxLength: 15 });
  const history = fc.asyncProperty(turns, async (steps) => {
    const at = await startScheduler((fleet) => {
      for (const name of ['red', 'blue'])
        fleet.transact((tx) => applyNamespace(tx, { name, description: '', labels: {}, quota: NO_QUOTA }));
      for (const id of ['h1', 'h2']) putHost(fleet, id, { cpu: 6000 });
    });
    watchPlacements(at);
    for (const turn of steps) {
      for (const action of turn) perform(at, action);
      await at.settle();
      // Shorter in all than the time after which room is kept for one that waits.
      await at.clock.advanceAsync(6000);
      await at.settle();
      check(at);
    }
    await at.stop();
  });
  await fc.assert(history, { numRuns: 300 });
}

describe('quotas, whatever happens to the fleet', () => {
  it('are never broken by a placement, counted exactly, and hold nobody back whom they leave room', () =>
    live([500, 500, 560], expectWhys));

  it('are not broken by pre-emption either', () => live([300, 500, 900], () => undefined));

  it('starve nobody: whoever fits its quota gets its turn, also while others come for ever', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1000, 2000, 3000),
        fc.constantFrom(...NAMESPACES),
        fc.constantFrom(...NAMESPACES),
        async (cpu, its, theirs) => {
          const at = await startScheduler((fleet) => {
            for (const name of ['red', 'blue'])
              fleet.transact((tx) =>
                applyNamespace(tx, { name, description: '', labels: {}, quota: { ...NO_QUOTA, cpuMillis: 3000 } }),
              );
            putHost(fleet, 'h1', { cpu: 3000 });
          });
          /** Small ones of one second come without end. */
          const churn = async (): Promise<void> => {
            putMiner(at.fleet, `q${String((miners += 1))}`, 3, { cpu: 1000, spec: { namespace: theirs } });
            await at.settle();
            const [oldest] = [...at.fleet.instances()].filter(({ state }) => holdsCapacity(state));
            if (oldest !== undefined)
              at.fleet.transact((tx) =>
                tx.updateInstance(oldest.serial, { state: 'stopped', reason: 'stopped', text: '' }),
              );
            await at.settle();
          };
          for (let round = 0; round < 3; round += 1) await churn();
          const serial = putMiner(at.fleet, `q${String((miners += 1))}`, 1, { cpu: 1000, spec: { namespace: its } });
          if (cpu > 1000) putMiner(at.fleet, `q${String((miners += 1))}`, 1, { cpu, spec: { namespace: its } });
          let rounds = 0;
          for (; at.fleet.instance(serial)?.state === 'pending' && rounds < 60; rounds += 1) {
            await at.clock.advanceAsync(10_000);
            await churn();
          }
          expect(at.fleet.instance(serial)?.state).to.not.equal('pending');
          await at.stop();
        },
      ),
      { numRuns: 27 },
    );
  });
});
