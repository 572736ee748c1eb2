import { expect } from 'chai';
import fc from 'fast-check';
import { HeadframeError } from '../../../../common/model/error.js';
import { HEALTH_STATES, INSTANCE_STATES, holdsCapacity } from '../../../../common/model/instance.js';
import type { InstanceRecord, InstanceState } from '../../../../common/model/instance.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { instancesIn } from '../../../../coordinator/instances/instance-rows.js';
import type { InstanceCounts, Transaction } from '../../../../coordinator/fleet/port.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';

const MINERS = ['alpha', 'beta'];
const HOSTS = ['h1', 'h2', 'h3'];

type Act = (tx: Transaction) => void;

const pick = (tx: Transaction, at: number): InstanceRecord | undefined => {
  const all = [...tx.instances()].sort((a, b) => a.serial - b.serial);
  return all[at % Math.max(1, all.length)];
};

const create = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 4 })).map(
  ([miner, count]): Act =>
    (tx) =>
      tx.createInstances(MINERS[miner] ?? '', miner + 1, count, { reason: 'queued', text: '' }),
);
const change = fc
  .record({
    at: fc.nat(50),
    state: fc.constantFrom(...INSTANCE_STATES),
    health: fc.constantFrom(...HEALTH_STATES),
    hostId: fc.constantFrom(...HOSTS),
    reason: fc.constantFrom('placed', 'a_strange_reason'),
    containerId: fc.constantFrom('', 'c1'),
  })
  .map(({ at, ...patch }): Act => {
    return (tx) => {
      const record = pick(tx, at);
      if (record !== undefined) tx.updateInstance(record.serial, { ...patch, hostId: record.hostId ?? patch.hostId });
    };
  });
const remove = fc.nat(50).map((at): Act => (tx) => {
  const record = pick(tx, at);
  if (record !== undefined) tx.removeInstance(record.serial);
});
const several = fc.array(fc.nat(50), { maxLength: 5 });
const serialsAt = (tx: Transaction, places: readonly number[]): number[] =>
  places.map((at) => pick(tx, at)?.serial ?? 999);
const place = fc
  .record({
    places: several,
    sorted: fc.boolean(),
    hostId: fc.constantFrom(...HOSTS),
    ports: fc.constantFrom(undefined, [8000], []),
  })
  .map(({ places, sorted, hostId, ports }): Act => {
    return (tx) => {
      const waiting = serialsAt(tx, places).filter((serial) => tx.instance(serial)?.state === 'pending');
      const serials = sorted ? [...new Set(waiting)].sort((a, b) => a - b) : waiting;
      const hostPorts = ports && serials.map(() => ports);
      tx.assignInstances({ hostId, serials, hostPorts, gpuIds: undefined, reason: 'placed', text: hostId });
    };
  });
const status = fc.record({
  state: fc.constantFrom('running', 'running', 'starting', 'stopped', 'pending'),
  health: fc.constantFrom('none', 'healthy'),
  reason: fc.constantFrom('started', 'a_strange_reason'),
  text: fc.constantFrom('', 'so'),
  restarts: fc.nat(1),
  exitCode: fc.constantFrom(undefined, undefined, 1),
  containerId: fc.constantFrom('', 'c1', 'c2'),
  startedAtMs: fc.nat(2),
});
const report = fc
  .record({ hostId: fc.constantFrom(...HOSTS), places: several, statuses: fc.array(status, { minLength: 1 }) })
  .map(({ hostId, places, statuses }): Act => {
    return (tx) => {
      const said = serialsAt(tx, places).flatMap((serial, at) => {
        const one = statuses[at % statuses.length];
        return one === undefined ? [] : [{ serial, ...one }];
      });
      tx.reportInstances(hostId, said);
    };
  });
const act = fc.oneof(create, { weight: 3, arbitrary: change }, remove, place, { weight: 2, arbitrary: report });
const transactions = fc.array(fc.record({ acts: fc.array(act, { maxLength: 6 }), throws: fc.boolean() }), {
  maxLength: 12,
});

/** Runs the acts; those that the fleet refuses change nothing. */
function runAll(fleet: Fleet, acts: readonly Act[], throws: boolean): void {
  try {
    fleet.transact((tx) => {
      for (const one of acts) tolerate(() => one(tx));
      if (throws) throw new RangeError('undo');
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

function tolerate(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof HeadframeError) || error.code !== 'failed_precondition') throw error;
  }
}

const bySerial = (records: Iterable<InstanceRecord>): InstanceRecord[] =>
  [...records].sort((a, b) => a.serial - b.serial);

function snapshot(fleet: Fleet): unknown {
  return {
    revision: fleet.revision,
    all: bySerial(fleet.instances()),
    miners: MINERS.map((miner) => [[...fleet.instancesOf(miner)], fleet.countsOf(miner)]),
    hosts: HOSTS.map((host) => [bySerial(fleet.instancesOn(host)), fleet.countsOn(host)]),
    holder: fleet.holderOf('key'),
    workloads: [1, 2].map((id) => fleet.instancesOfWorkload(id)),
  };
}

function recount(records: readonly InstanceRecord[]): InstanceCounts {
  const of = (state: InstanceState): number => records.filter((one) => one.state === state).length;
  return {
    pending: of('pending'),
    assigned: of('assigned'),
    preparing: of('preparing'),
    starting: of('starting'),
    running: of('running'),
    stopping: of('stopping'),
    stopped: of('stopped'),
    failed: of('failed'),
    lost: of('lost'),
    healthy: records.filter((one) => one.state === 'running' && /^(healthy|none)$/.test(one.health)).length,
  };
}

function expectConsistent(fleet: Fleet): void {
  const all = bySerial(fleet.instances());
  for (const miner of MINERS) {
    const own = all.filter((one) => one.miner === miner);
    expect([...fleet.instancesOf(miner)]).to.deep.equal(own);
    expect(fleet.countsOf(miner)).to.deep.equal(recount(own));
  }
  for (const host of HOSTS) {
    const own = all.filter((one) => one.hostId === host);
    expect(bySerial(fleet.instancesOn(host))).to.deep.equal(own);
    expect(fleet.countsOn(host)).to.deep.equal(recount(own));
  }
  for (const { serial, miner, hostId, state } of all)
    expect(fleet.whereaboutsOf(serial)).to.deep.equal({ miner, hostId, state });
  expect(fleet.whereaboutsOf(10 ** 6)).to.equal(undefined);
  const holders = all.filter((one) => one.miner === 'beta' && holdsCapacity(one.state));
  expect(holders).to.have.length.at.most(1);
  expect(fleet.holderOf('key')).to.deep.equal(holders[0]);
}

async function openTwoMiners(): ReturnType<typeof openFleetFixture> {
  const fixture = await openFleetFixture();
  addMiner(fixture.fleet, { name: 'alpha' }, 0, 1);
  addMiner(fixture.fleet, { name: 'beta', identity: 'key' }, 0, 2);
  return fixture;
}

describe('the fleet, whatever is done to it', () => {
  it('is as before after a transaction that threw, and consistent after any', async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async (run) => {
        const { fleet } = await openTwoMiners();
        for (const { acts, throws } of run) {
          const before = throws ? snapshot(fleet) : undefined;
          runAll(fleet, acts, throws);
          if (throws) expect(snapshot(fleet)).to.deep.equal(before);
          expectConsistent(fleet);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('is the same after a crash and draws no serial twice', async () => {
    await fc.assert(
      fc.asyncProperty(transactions, transactions, async (run, later) => {
        const { fleet, store } = await openTwoMiners();
        const born: number[] = [];
        const watchBirths = (on: Fleet, known: Set<number>): void => {
          on.onDurable(({ changes }) => {
            for (const { serial } of changes.flatMap((one) => [...instancesIn(one)]))
              if (!known.has(serial)) {
                born.push(serial);
                known.add(serial);
              }
          });
        };
        watchBirths(fleet, new Set());
        for (const { acts, throws } of run) runAll(fleet, acts, throws);
        await fleet.transact(() => 0).durable;
        const { fleet: again } = await openFleetFixture(store.reopen());
        expect(snapshot(again)).to.deep.equal(snapshot(fleet));
        watchBirths(again, new Set(bySerial(again.instances()).map(({ serial }) => serial)));
        for (const { acts, throws } of later) runAll(again, acts, throws);
        await again.transact(() => 0).durable;
        expect(new Set(born).size).to.equal(born.length);
      }),
      { numRuns: 300 },
    );
  });
});
