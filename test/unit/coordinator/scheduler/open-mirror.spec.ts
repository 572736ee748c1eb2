import { expect } from 'chai';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import type { FleetMirror } from '../../../../coordinator/scheduler/fleet-mirror.js';
import { mirrorOf, openMirror } from '../../../../coordinator/scheduler/open-mirror.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { countedIn } from '../../../support/placement-samples.js';
import { putHost, putMiner, setState } from '../../../support/scheduler-fixture.js';

const HOSTS = 6;
const MINERS = 20;
const EACH = 6;
/** For each instance that is read, so that counting takes some turns. */
const READ_MS = 1;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const hostOf = (at: number): string => `h${String(at % HOSTS)}`;

function assign(fleet: Fleet, serial: number, hostId: string): void {
  fleet.transact((tx) => tx.updateInstance(serial, { state: 'assigned', hostId, reason: 'placed', text: '' }));
}

/** Has an instance go on, or end. */
function change(fleet: Fleet, serial: number, at: number): void {
  const state = fleet.instance(serial)?.state;
  if (state === 'pending') assign(fleet, serial, hostOf(at));
  if (state !== 'assigned') return;
  setState(fleet, serial, at % 2 === 0 ? 'stopping' : 'stopped');
  if (at % 4 === 3) fleet.transact((tx) => tx.removeInstance(serial));
}

/** The same fleet, that takes its time to tell what it holds. */
function slow(fleet: Fleet): Fleet {
  function* holdings() {
    for (const holding of fleet.holdings()) {
      for (const endMs = performance.now() + READ_MS; performance.now() < endMs;);
      yield holding;
    }
  }
  return new Proxy(fleet, {
    get: (target, key) => {
      if (key === 'holdings') return holdings;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function groupsIn(mirror: FleetMirror): unknown {
  return [...mirror.groups()]
    .map(({ workloadId, miner, holding, pending }) => ({ workloadId, miner, holding, pending: pending.size }))
    .filter(({ holding, pending }) => holding + pending > 0)
    .sort((a, b) => a.workloadId - b.workloadId);
}

describe('the count of a fleet in turns', () => {
  it('agrees with one at once, whatever is changed meanwhile', async () => {
    const { fleet } = await openFleetFixture();
    for (let host = 0; host < HOSTS; host += 1) putHost(fleet, hostOf(host));
    const serials: number[] = [];
    for (let miner = 0; miner < MINERS; miner += 1) {
      const first = putMiner(fleet, `m${String(miner)}`, EACH, { cpu: 100, ports: miner % 3 === 0 ? [0] : [] });
      for (let at = 0; at < EACH; at += 1) serials.push(first + at);
    }
    for (const serial of serials) if (serial % 3 > 0) assign(fleet, serial, hostOf(serial));

    let left = 1;
    const isCounting = (): boolean => left > 0;
    const opening = openMirror(slow(fleet)).finally(() => (left = 0));
    let turns = 0;
    for (; isCounting(); turns += 1) {
      await nextTurn();
      // Of those that were counted already, and of those that were not.
      for (const serial of [serials[turns] ?? 0, serials.at(-1 - turns) ?? 0]) change(fleet, serial, turns);
      putMiner(fleet, `new${String(turns)}`, 2, { cpu: 50 });
      putHost(fleet, hostOf(turns), { cpu: 70_000 + turns });
    }
    expect(turns).to.be.above(3);
    const [taken, fresh] = [(await opening).take(), mirrorOf(fleet)];
    expect(countedIn(taken.index)).to.deep.equal(countedIn(fresh.index));
    expect(groupsIn(taken)).to.deep.equal(groupsIn(fresh));
  });
});
