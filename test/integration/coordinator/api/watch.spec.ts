import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { WatchFleetResponse } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import { INSTANCE_STATE } from '../../../../common/wire/client.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { StreamReader } from '../../../support/stream-reader.js';
import { waitFor } from '../../../support/wait-for.js';

type Messages = readonly WatchFleetResponse[];

const casesOf = (messages: Messages): Set<string> =>
  new Set(messages.flatMap(({ changes }) => changes.map(({ change }) => change.case ?? '')));
const isSynced = (messages: Messages): boolean => messages.some(({ synced }) => synced);
/** The state that a client puts together from what it was told. */
function stateOf(messages: Messages): Map<string, string> {
  const state = new Map<string, string>();
  for (const { change } of messages.flatMap(({ changes }) => changes))
    if (change.case === 'instance') state.set(change.value.id, INSTANCE_STATE.find(change.value.state) ?? '');
    else if (change.case === 'miner') state.set(`miner ${change.value.spec?.name ?? ''}`, 'there');
    else if (change.case === 'host') state.set(`host ${change.value.id}`, 'there');
    else if (change.case === 'instanceRemoved') state.delete(change.value);
    else if (change.case === 'minerRemoved') state.delete(`miner ${change.value}`);
    else if (change.case === 'hostRemoved') state.delete(`host ${change.value}`);
  return state;
}

describe('FleetService: watch', () => {
  let at: CoordinatorFixture;
  const readers: StreamReader<unknown>[] = [];
  beforeEach(async () => {
    at = await openCoordinatorFixture();
  });
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
    await at.close();
  });

  const watch = (
    request: Parameters<CoordinatorFixture['fleet']['watchFleet']>[0],
  ): StreamReader<WatchFleetResponse> => {
    const reader = new StreamReader((signal) => at.fleet.watchFleet(request, { signal }));
    readers.push(reader);
    return reader;
  };
  const running = (messages: Messages): number =>
    [...stateOf(messages).values()].filter((state) => state === 'running').length;

  it('gives the present state, says that it is whole, then the changes', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 2 });
    const reader = watch({});
    await reader.until('both running', (messages) => isSynced(messages) && running(messages) === 2);
    expect([...stateOf(reader.messages).keys()]).to.include.members(['miner alpha', 'host host-1']);
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 3 });
    await reader.until('three running', (messages) => running(messages) === 3);
    await at.fleet.deleteMiner({ name: 'alpha' });
    await reader.until('only the host left', (messages) => {
      return [...stateOf(messages).keys()].join() === 'host host-1';
    });
  });

  it('resumes after a revision without a gap', async () => {
    await at.connect('host-1');
    const first = watch({});
    await first.until('the state', isSynced);
    await at.apply({ replicas: 2 });
    await first.until('both running', (messages) => running(messages) === 2);
    await first.close();
    const { revision } = first.messages.at(-1) ?? { revision: 0n };
    await at.apply({ name: 'beta', replicas: 1 });
    const second = watch({ fromRevision: revision });
    const told = (): Messages => [...first.messages, ...second.messages];
    await second.until('the third running', () => running(told()) === 3);
    expect(isSynced(second.messages)).to.equal(true);
    const revisions = second.messages.map((message) => message.revision);
    expect(revisions.every((each, index) => index === 0 || each >= (revisions[index - 1] ?? 0n))).to.equal(true);
  });

  it('is synced at once when there is nothing to catch up with', async () => {
    await at.apply({});
    await waitFor('a settled fleet', async () => (await at.fleet.getFleetStatus({})).settled);
    const { revision } = await at.fleet.getFleetStatus({});
    const reader = watch({ fromRevision: revision });
    await reader.until('the sign', isSynced);
    expect(reader.messages).to.have.length(1);
    expect(reader.messages[0]).to.include({ revision });
  });

  it('answers a revision that is not there with out of range', async () => {
    const reader = watch({ fromRevision: 1_000_000n });
    const { error } = await waitFor('the end', () => reader.outcome);
    expect(error).to.include({ code: 'out_of_range', reason: 'revision_compacted' });
    expect(error).to.be.instanceOf(HeadframeError);
  });

  it('tells only what was asked for', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 1 }, { name: 'beta', replicas: 1 });
    const hosts = watch({ hosts: true });
    const instances = watch({ instances: true, miner: 'beta' });
    const miner = watch({ miner: 'beta' });
    await instances.until('beta running', (messages) => running(messages) === 1);
    await miner.until('beta running', (messages) => running(messages) === 1);
    await hosts.until('the host', isSynced);
    expect(casesOf(hosts.messages)).to.deep.equal(new Set(['host']));
    expect(casesOf(instances.messages)).to.deep.equal(new Set(['instance']));
    expect(casesOf(miner.messages)).to.deep.equal(new Set(['miner', 'instance']));
    expect([...stateOf(miner.messages).keys()].every((key) => /beta/.test(key))).to.equal(true);
  });

  it('tells nothing before it is durable', async () => {
    const reader = watch({});
    await reader.until('the state', isSynced);
    const before = reader.messages.length;
    at.store.hold();
    const applied = at.apply({});
    await systemClock.sleep(300, new AbortController().signal);
    expect(reader.messages.length).to.equal(before);
    at.store.release();
    await applied;
    await reader.until('the miner', (messages) => stateOf(messages).has('miner alpha'));
  });

  it('merges what changes fast', async () => {
    await at.connect('host-1');
    const reader = watch({ instances: true });
    await reader.until('the state', isSynced);
    for (let index = 0; index < 40; index += 1)
      await at.fleet.scaleMiner({ name: 'alpha', replicas: 1 }).catch(() => 0);
    await at.apply({ replicas: 40 });
    await reader.until('all running', (messages) => running(messages) === 40);
    expect(reader.messages.length).to.be.lessThan(20);
  });

  it('sends a large state in pages', async () => {
    const names = Array.from({ length: 3 }, (_, index) => ({ name: `m${index}`, replicas: 700 }));
    await at.apply(...names);
    await waitFor('a settled fleet', async () => (await at.fleet.getFleetStatus({})).settled);
    const reader = watch({ instances: true });
    await reader.until('the state', isSynced);
    expect(stateOf(reader.messages).size).to.equal(2100);
    expect(Math.max(...reader.messages.map(({ changes }) => changes.length))).to.be.at.most(500);
    const early = reader.messages.slice(0, -1).filter(({ synced }) => !synced);
    expect(early.every(({ revision }) => revision === 0n)).to.equal(true);
  });

  it('is not held up by a client that never reads', async () => {
    const { address } = at.coordinator;
    const channel = new Channel({ address, security: at.security, clock: systemClock });
    const mute = createClient(FleetService, channel).watchFleet({})[Symbol.asyncIterator]();
    await mute.next();
    await at.connect('host-1');
    const reader = watch({});
    await at.apply({ replicas: 30 });
    await reader.until('all running', (messages) => running(messages) === 30);
    for (let round = 0; round < 5; round += 1) {
      await at.fleet.restartMiner({ name: 'alpha' });
      const before = Date.now();
      await at.fleet.getFleetStatus({});
      expect(Date.now() - before).to.be.lessThan(1000);
    }
    channel.close();
  });

  it('tells all who watch the same, however late they join, without a gap', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 5 });
    const early = watch({});
    await early.until('the state', isSynced);
    const { revision } = early.messages.at(-1) ?? { revision: 0n };
    for (let round = 0; round < 8; round += 1) {
      watch({});
      watch({ fromRevision: revision });
      await at.fleet.scaleMiner({ name: 'alpha', replicas: 6 + round });
      if (round % 3 === 2) await at.fleet.restartMiner({ name: 'alpha' });
    }
    await waitFor('a settled fleet', async () => (await at.fleet.getFleetStatus({})).settled);
    const last = watch({});
    await last.until('the state', isSynced);
    const present = [...stateOf(last.messages)].toSorted();
    for (const reader of readers.slice(0, -1))
      await reader.until('the same as all', (messages) => {
        // One that resumed was never told of the miner's first instances that changed no more.
        const state = stateOf(messages as Messages);
        return present.every(([key, value]) => state.get(key) === value || !state.has(key));
      });
    const told = readers.slice(1, -1).filter((_reader, index) => index % 2 === 0);
    for (const reader of told) expect([...stateOf(reader.messages as Messages)].toSorted()).to.deep.equal(present);
  });

  it('watches hosts alone through HostService', async () => {
    const reader = new StreamReader((signal) => at.hosts.watchHosts({}, { signal }));
    readers.push(reader);
    await reader.until('the state', (messages) => messages.some(({ synced }) => synced));
    await at.connect('host-1');
    const ids = (): string[] => reader.messages.flatMap(({ hosts }) => hosts.map(({ id }) => id));
    await reader.until('the host', () => ids().includes('host-1'));
    await at.hosts.removeHost({ host: 'host-1' });
    await reader.until('its removal', (messages) => messages.some(({ removed }) => removed.includes('host-1')));
  });
});
