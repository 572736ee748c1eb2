import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { notLeader } from '../../../../coordinator/leadership/index.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { expectReason } from '../../../support/expect-reason.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleMiner, sampleWorkload } from '../../../support/fleet-samples.js';
import type { MemoryStore } from '../../../support/memory-store.js';

/** The reason of what `fn` throws. */
function reasonOf(fn: () => unknown): string | undefined {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : 'not a HeadframeError';
  }
}

describe('the fleet', () => {
  it('gives one revision to a transaction with changes and none to one without', async () => {
    const { fleet } = await openFleetFixture();
    const first = fleet.transact((tx) => {
      tx.putHost(sampleHost('a'));
      tx.putHost(sampleHost('b'));
      return tx.revision;
    });
    expect([first.revision, first.value, fleet.revision]).to.deep.equal([1, 1, 1]);
    expect(fleet.transact((tx) => tx.host('a')?.id).revision).to.equal(1);
  });

  it('changes nothing, in memory or store, while it may not, and goes on once it may', async () => {
    let may = false;
    const refusal = (): HeadframeError | undefined => (may ? undefined : notLeader(undefined));
    const { fleet, store } = await openFleetFixture(undefined, { refusal });
    const put = () => fleet.transact((tx) => tx.putHost(sampleHost('a'))).durable;
    expect(reasonOf(put)).to.equal('not_leader');
    expect([fleet.host('a'), fleet.revision, store.waiting, store.commits.length]).to.deep.equal([undefined, 0, 0, 0]);
    may = true;
    await put();
    expect(store.commits).to.have.length(1);
  });

  it('coalesces the changes of a record to its last value', async () => {
    const { fleet, store } = await openFleetFixture();
    const serial = addMiner(fleet, {}, 1);
    await fleet.transact((tx) => {
      tx.updateInstance(serial, { state: 'assigned', hostId: 'h', reason: 'placed' });
      tx.updateInstance(serial, { state: 'running', reason: 'started' });
      tx.putHost(sampleHost('h'));
      tx.putHost(sampleHost('h', { cordoned: true }));
      const [first] = [tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' })];
      tx.removeInstance(first);
    }).durable;
    const changes = store.commits.at(-1)?.changes.filter((change) => 'record' in change || 'value' in change) ?? [];
    const told = changes.map((change) => (change.kind === 'instance' ? change.record.state : change.kind));
    expect(told).to.have.members(['running', 'document', 'document']); // the third is the counter of serials
  });

  it('takes no revision for a patch that changes nothing, also of an ended instance', async () => {
    const { fleet } = await openFleetFixture();
    const serial = addMiner(fleet, {}, 1);
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped', reason: 'scaled_down', hostPorts: [] }));
    const { revision } = fleet;
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped', reason: 'scaled_down', hostPorts: [] }));
    expect(fleet.revision).to.equal(revision);
  });

  it('undoes everything when the function throws, and rethrows', async () => {
    const { fleet } = await openFleetFixture();
    const serial = addMiner(fleet, { identity: 'key' }, 2);
    assign(fleet, serial);
    const before = [[...fleet.instancesOf('alpha')], [...fleet.miners()], fleet.countsOf('alpha'), fleet.revision];
    const cause = new Error('no');
    expect(() =>
      fleet.transact((tx) => {
        tx.updateInstance(serial, { state: 'stopped' });
        tx.updateInstance(serial + 1, { state: 'assigned', hostId: 'h2' });
        tx.removeInstance(serial);
        tx.createInstances('alpha', 1, 3, { reason: 'queued', text: '' });
        tx.putMiner(sampleMiner({ name: 'beta' }));
        throw cause;
      }),
    ).to.throw(cause);
    expect([
      [...fleet.instancesOf('alpha')],
      [...fleet.miners()],
      fleet.countsOf('alpha'),
      fleet.revision,
    ]).to.deep.equal(before);
    expect(fleet.holderOf('key')?.serial).to.equal(serial);
    expect([...fleet.instancesOn('h2')]).to.deep.equal([]);
  });

  it('refuses what must not be', async () => {
    const { fleet } = await openFleetFixture();
    const serial = addMiner(fleet, { identity: 'key' }, 2);
    assign(fleet, serial);
    const cases: [string, () => unknown][] = [
      ['instance_state_order', () => fleet.transact((tx) => tx.updateInstance(serial, { state: 'pending' }))],
      ['instance_host_fixed', () => fleet.transact((tx) => tx.updateInstance(serial, { hostId: 'other' }))],
      ['instance_without_host', () => fleet.transact((tx) => tx.updateInstance(serial + 1, { state: 'assigned' }))],
      ['identity_in_use', () => assign(fleet, serial + 1, 'host-2')],
      ['instance_not_found', () => fleet.transact((tx) => tx.removeInstance(99))],
      ['miner_in_use', () => fleet.transact((tx) => tx.removeMiner('alpha'))],
      ['workload_in_use', () => fleet.transact((tx) => tx.removeWorkload(1))],
      ['miner_not_found', () => fleet.transact((tx) => tx.createInstances('x', 1, 1, { reason: '', text: '' }))],
      ['workload_not_found', () => fleet.transact((tx) => tx.createInstances('alpha', 9, 1, { reason: '', text: '' }))],
      ['transaction_nested', () => fleet.transact(() => fleet.transact(() => 0))],
      ['transaction_ended', () => fleet.transact((tx) => tx).value.putHost(sampleHost())],
    ];
    for (const [reason, act] of cases) expect(reasonOf(act), reason).to.equal(reason);
  });

  it('hands an exclusive identity on only once its holder has ended', async () => {
    const { fleet } = await openFleetFixture();
    const serial = addMiner(fleet, { identity: 'key' }, 2);
    assign(fleet, serial);
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopping' }));
    expect(reasonOf(() => assign(fleet, serial + 1))).to.equal('identity_in_use');
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped' }));
    expect(fleet.holderOf('key')).to.equal(undefined);
    assign(fleet, serial + 1);
    expect(fleet.holderOf('key')?.serial).to.equal(serial + 1);
  });

  it('counts instances of a miner and on a host by state and health', async () => {
    const { fleet } = await openFleetFixture();
    const serial = addMiner(fleet, {}, 4);
    for (const offset of [0, 1, 2]) assign(fleet, serial + offset);
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'running', health: 'healthy' }));
    fleet.transact((tx) => tx.updateInstance(serial + 1, { state: 'running', health: 'unhealthy' }));
    expect(fleet.countsOf('alpha')).to.include({ pending: 1, assigned: 1, running: 2, healthy: 1 });
    expect(fleet.countsOn('host-1')).to.include({ pending: 0, assigned: 1, running: 2, healthy: 1 });
    expect(fleet.instancesOfWorkload(1)).to.equal(4);
    fleet.transact((tx) => [0, 1, 2, 3].map((offset) => tx.removeInstance(serial + offset)));
    expect(Object.values(fleet.countsOf('alpha')).every((count) => count === 0)).to.equal(true);
    expect([...fleet.instancesOn('host-1')]).to.deep.equal([]);
  });

  it('moves changedAtMs with what people are told and not with a container id', async () => {
    const { fleet, clock } = await openFleetFixture();
    const serial = addMiner(fleet, {}, 1);
    const createdAtMs = clock.nowMs();
    clock.advance(5);
    const quiet = fleet.transact((tx) => tx.updateInstance(serial, { containerId: 'c', text: 'still' })).value;
    expect(quiet.changedAtMs).to.equal(createdAtMs);
    const told = fleet.transact((tx) => tx.updateInstance(serial, { reason: 'no_hosts' })).value;
    expect(told.changedAtMs).to.equal(createdAtMs + 5);
  });

  it('comes back from the store as it was, and never draws a serial again', async () => {
    const { fleet, store } = await openFleetFixture();
    const serial = addMiner(fleet, { identity: 'key' }, 3);
    assign(fleet, serial);
    await fleet.transact((tx) => {
      tx.removeInstance(serial + 2);
      tx.putSetting('s', { a: 1 });
    }).durable;
    const again = (await openFleetFixture(store.reopen())).fleet;
    expect([...again.instances()]).to.deep.equal([...fleet.instances()]);
    expect([again.epoch, again.revision, again.setting('s')]).to.deep.equal([2, fleet.revision, { a: 1 }]);
    expect(again.holderOf('key')?.serial).to.equal(serial);
    expect(again.workload(1)).to.deep.equal(JSON.parse(JSON.stringify(sampleWorkload({ identity: 'key' }))));
    const next = again.transact((tx) => tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' })).value;
    expect(next).to.equal(serial + 3);
  });

  it('loads instances in any order and lists each miner by serial', async () => {
    const { fleet, store } = await openFleetFixture();
    addMiner(fleet, {}, 5);
    await fleet.transact(() => 0).durable;
    const reopened = store.reopen();
    const shuffled = {
      load: async () => {
        const stored = await reopened.load();
        return { ...stored, instances: [...stored.instances].reverse() };
      },
      commit: reopened.commit.bind(reopened),
      close: () => reopened.close(),
    };
    const { fleet: again } = await openFleetFixture(shuffled as unknown as MemoryStore);
    expect(Array.from(again.instancesOf('alpha'), ({ serial }) => serial)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(again.countsOf('alpha').pending).to.equal(5);
  });

  it('tells of a commit at once, and again once it is durable, each in order', async () => {
    const { fleet, store } = await openFleetFixture();
    const heard: string[] = [];
    fleet.onApplied(({ revision }) => {
      heard.push(`applied ${revision}`);
      if (revision === 1) fleet.transact((tx) => tx.putHost(sampleHost('b')));
    });
    fleet.onApplied(({ revision }) => heard.push(`also ${revision}`));
    const off = fleet.onDurable(({ revision }) => heard.push(`durable ${revision}`));
    store.hold();
    fleet.transact((tx) => tx.putHost(sampleHost('a')));
    expect(heard).to.deep.equal(['applied 1', 'also 1', 'applied 2', 'also 2']);
    store.release();
    await fleet.transact(() => 0).durable;
    expect(heard.slice(4)).to.deep.equal(['durable 1', 'durable 2']);
    off();
    await fleet.transact((tx) => tx.removeHost('a')).durable;
    expect(heard.at(-1)).to.equal('also 3');
  });

  it('answers a transaction without changes only after those before it are durable', async () => {
    const { fleet, store } = await openFleetFixture();
    store.hold();
    fleet.transact((tx) => tx.putHost(sampleHost()));
    let durable = false;
    const done = fleet.transact(() => 0).durable.then(() => (durable = true));
    await Promise.resolve();
    expect(durable).to.equal(false);
    store.release();
    await done;
    expect(store.commits).to.have.length(1);
  });

  it('keeps telling the others when a listener throws', async () => {
    const { fleet } = await openFleetFixture();
    const heard: number[] = [];
    fleet.onApplied(() => {
      throw new Error('broken listener');
    });
    fleet.onApplied(({ revision }) => heard.push(revision));
    fleet.transact((tx) => tx.putHost(sampleHost()));
    expect(heard).to.deep.equal([1]);
  });

  it('takes nothing more once the store has failed', async () => {
    const { fleet, store } = await openFleetFixture();
    const cause = new Error('disk broke');
    store.hold();
    const { durable } = fleet.transact((tx) => tx.putHost(sampleHost()));
    store.fail(cause);
    await expectReason(durable, 'store_failed');
    expect(await fleet.failed).to.equal(cause);
    expect(reasonOf(() => fleet.transact(() => 0))).to.equal('store_failed');
  });

  it('stores what a removed instance was', async () => {
    const { fleet, store } = await openFleetFixture();
    const serial = addMiner(fleet, {}, 1);
    const last = fleet.instance(serial);
    await fleet.transact((tx) => tx.removeInstance(serial)).durable;
    expect(store.commits.at(-1)?.changes).to.deep.include({ kind: 'instanceRemoved', serial, last });
  });
});

describe('a watch of the fleet', () => {
  async function take(commits: AsyncIterable<StoreCommit>, count: number): Promise<number[]> {
    const revisions: number[] = [];
    for await (const { revision } of commits) {
      revisions.push(revision);
      if (revisions.length === count) break;
    }
    return revisions;
  }

  it('gives what came after a revision, then what comes, also across a restart', async () => {
    const { fleet, store } = await openFleetFixture();
    for (const id of ['a', 'b', 'c']) fleet.transact((tx) => tx.putHost(sampleHost(id)));
    await fleet.transact(() => 0).durable;
    const { fleet: again } = await openFleetFixture(store.reopen());
    const taken = take(again.watch(1, new AbortController().signal), 3);
    again.transact((tx) => tx.putHost(sampleHost('d')));
    expect(await taken).to.deep.equal([2, 3, 4]);
  });

  it('gives nothing that is not durable', async () => {
    const { fleet, store } = await openFleetFixture();
    store.hold();
    fleet.transact((tx) => tx.putHost(sampleHost()));
    const stop = new AbortController();
    const watch = fleet.watch(0, stop.signal);
    const next = watch.next();
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await next).to.deep.equal({ done: true, value: undefined });
  });

  it('tells a reader that is too slow or asks for what is not kept', async () => {
    const { fleet } = await openFleetFixture(undefined, { watchDepth: 6 });
    const slow = fleet.watch(0, new AbortController().signal);
    for (const id of ['a', 'b', 'c', 'd', 'e']) fleet.transact((tx) => tx.putHost(sampleHost(id)));
    await fleet.transact(() => 0).durable;
    await expectReason(slow.next(), 'revision_compacted');
    expect(await take(fleet.watch(2, new AbortController().signal), 3)).to.deep.equal([3, 4, 5]);
    await expectReason(fleet.watch(9, new AbortController().signal).next(), 'revision_compacted');
  });

  it('keeps the last commit however large it is', async () => {
    const { fleet } = await openFleetFixture(undefined, { watchDepth: 3 });
    addMiner(fleet, {}, 100);
    await fleet.transact(() => 0).durable;
    expect(await take(fleet.watch(0, new AbortController().signal), 1)).to.deep.equal([1]);
  });
});
