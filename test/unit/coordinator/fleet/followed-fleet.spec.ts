import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import { FollowedFleet } from '../../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import type { FleetReader } from '../../../../coordinator/fleet/port.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { expectReason } from '../../../support/expect-reason.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleWorkload } from '../../../support/fleet-samples.js';
import { MemoryStore } from '../../../support/memory-store.js';

const refused = (reason: string) => () => new HeadframeError({ code: 'unavailable', reason, message: reason });

/** All that a reader tells of what these tests change. */
const stateOf = (fleet: FleetReader): object => ({
  revision: fleet.revision,
  miners: [...fleet.miners()].map((miner) => [miner, fleet.revisionOfMiner(miner.spec.name)]),
  hosts: [...fleet.hosts()].map((host) => [host, fleet.revisionOfHost(host.id)]),
  namespaces: [...fleet.namespaces()],
  workloads: [1, 2].map((id) => [fleet.workload(id), fleet.instancesOfWorkload(id)]),
  instances: ['alpha', 'beta'].map((miner) => [[...fleet.instancesOf(miner)], fleet.countsOf(miner)]),
  onHosts: ['host-1', 'host-2'].map((host) => [fleet.countsOn(host), [...fleet.instancesOn(host)].length]),
  holders: ['alpha', 'beta'].map((miner) => fleet.holderOf(`key-of-${miner}`)?.serial),
});

describe('A fleet that another coordinator changes', () => {
  let fixture: FleetFixture;
  let fleet: Fleet;
  let followed: FollowedFleet;
  const told: StoreCommit[] = [];

  beforeEach(async () => {
    fixture = await openFleetFixture();
    ({ fleet } = fixture);
    told.length = 0;
    const stored = { epoch: 3, revision: 0, documents: new Map(), instances: [], recent: [], warnings: [] };
    const { clock } = fixture;
    followed = await FollowedFleet.open(stored, {
      clock,
      refusal: refused('not_leader'),
      behind: refused('follower_behind'),
    });
    followed.onDurable((commit) => told.push(commit));
    fleet.onDurable((commit) => {
      followed.take(commit, 4);
    });
  });

  it('comes to the same records, counts and holders, whatever the commits did', async () => {
    const first = addMiner(fleet, { name: 'alpha' }, 3, 1);
    const second = addMiner(fleet, { name: 'beta' }, 2, 2);
    fleet.transact((tx) => {
      for (const [id, name] of [
        [1, 'alpha'],
        [2, 'beta'],
      ] as const)
        tx.putWorkload({ ...sampleWorkload({ name }, id), identity: `key-of-${name}` });
      for (const id of ['host-1', 'host-2']) tx.putHost(sampleHost(id));
    });
    assign(fleet, first, 'host-1');
    assign(fleet, second, 'host-2');
    // The second waits for what the first holds, and takes it over in the commit in which that one ends.
    fleet.transact((tx) => {
      tx.updateInstance(first + 1, { reason: 'identity_in_use', text: 'held' });
      tx.updateInstance(first, { state: 'lost', reason: 'host_lost', text: '' });
      tx.updateInstance(first + 1, { state: 'assigned', hostId: 'host-2', reason: 'placed', text: '' });
    });
    fleet.transact((tx) => {
      const running = { state: 'running', health: 'none', reason: 'running', text: '', restarts: 0 } as const;
      const statuses = [first + 1, second].map((serial) => ({
        ...{ ...running, serial, exitCode: undefined, containerId: `c-${String(serial)}`, startedAtMs: 5 },
      }));
      tx.reportInstances('host-2', statuses);
      tx.removeInstance(first);
      tx.putNamespace(namespaceOf('x'));
    });
    fleet.transact((tx) => {
      tx.removeNamespace('x');
      tx.removeHost('host-1');
    });
    await fleet.transact(() => undefined).durable;
    expect(stateOf(followed)).to.deep.equal(stateOf(fleet));
    expect(followed.epoch).to.equal(4);
    const removal = told.flatMap(({ changes }) => changes).find(({ kind }) => kind === 'instanceRemoved');
    expect(removal).to.deep.include({ serial: first });
    expect(removal).to.have.nested.property('last.miner', 'alpha');
  });

  it('begins with what a store holds, as the one that leads did', async () => {
    const store = new MemoryStore();
    const { fleet: former } = await openFleetFixture(store);
    addMiner(former, { name: 'alpha' }, 2);
    addMiner(former, { name: 'beta' }, 0, 2);
    await former.transact(() => undefined).durable;
    const { clock } = fixture;
    const stored = await store.reopen().load();
    const begun = await FollowedFleet.open(stored, {
      clock,
      refusal: refused('not_leader'),
      behind: refused('behind'),
    });
    // What is undefined a store leaves out.
    const kept = (reader: FleetReader): unknown => JSON.parse(JSON.stringify(stateOf(reader)));
    expect(kept(begun)).to.deep.equal(kept(former));
    expect(begun.epoch).to.equal(stored.epoch);
  });

  it('refuses to be changed, and to tell what comes after what it has not heard of', async () => {
    addMiner(fleet, { name: 'alpha' }, 1);
    await fleet.transact(() => undefined).durable;
    const before = stateOf(followed);
    await expectReason(
      Promise.resolve().then(() => followed.transact((tx) => tx.removeMiner('alpha'))),
      'not_leader',
    );
    expect(followed.transact((tx) => tx.miner('alpha')?.spec.name).value).to.equal('alpha');
    expect(stateOf(followed)).to.deep.equal(before);
    const ended = new AbortController();
    const watched = followed.watch(followed.revision + 1, ended.signal)[Symbol.asyncIterator]();
    await expectReason(watched.next(), 'follower_behind');
    const next = followed.watch(followed.revision, ended.signal)[Symbol.asyncIterator]().next();
    addMiner(fleet, { name: 'beta' }, 0, 2);
    expect((await next).value).to.include({ revision: followed.revision });
  });
});

const namespaceOf = (name: string) => ({
  ...{ name, description: '', labels: {}, quota: NO_QUOTA, createdAtMs: 1, updatedAtMs: 1 },
});
