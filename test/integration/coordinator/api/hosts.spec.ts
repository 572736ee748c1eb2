import { expect } from 'chai';
import { HostState } from '../../../../common/gen/headframe/v1/host_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { waitFor } from '../../../support/wait-for.js';

describe('HostService', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
  });
  afterEach(() => at.close());

  const host = async (name: string) => (await at.hosts.getHost({ host: name })).host;
  const runningOn = async (hostId: string): Promise<number> => {
    const { instances } = await at.fleet.listInstances({ hostId });
    return instances.length;
  };
  const running = (count: number) =>
    waitFor(`${count} running`, async () => (await at.fleet.getFleetStatus({})).instancesRunning === count);

  it('shows a host with what it has and what is taken of it', async () => {
    await at.connect('host-1', { hello: { labels: { zone: 'east' } } });
    await at.apply({ replicas: 2 });
    await running(2);
    const found = await host('host-1');
    expect(found).to.include({ id: 'host-1', state: HostState.READY, instances: 2, cordoned: false });
    expect(found?.labels).to.deep.equal({ zone: 'east' });
    expect(found?.allocated?.cpuMillis).to.equal(200);
    expect(found?.allocatable?.cpuMillis).to.equal(8000);
    expect(Number(found?.lastSeenMs)).to.be.closeTo(Date.now(), 5000);
  });

  it('knows a host by its name as long as only one has it', async () => {
    await at.connect('host-1', { hello: { hostName: 'rig' } });
    expect((await host('rig'))?.id).to.equal('host-1');
    await at.connect('host-2', { hello: { hostName: 'rig' } });
    const error = await expectReason(host('rig'), 'ambiguous_host');
    expect(error).to.include({ code: 'failed_precondition' });
    expect(error.remedy).to.include('host-1').and.to.include('host-2');
    expect((await host('host-2'))?.id).to.equal('host-2');
  });

  it('suggests the host that was meant', async () => {
    await at.connect('host-1');
    const error = await expectReason(host('hots-1'), 'host_not_found');
    expect(error).to.include({ code: 'not_found' });
    expect(error.metadata['meant']).to.equal('host-1');
  });

  it('pages through hosts by name and filters by label', async () => {
    for (const id of ['c', 'a', 'b'])
      await at.connect(id, { hello: { labels: { zone: id === 'b' ? 'west' : 'east' } } });
    const first = await at.hosts.listHosts({ pageSize: 2 });
    const second = await at.hosts.listHosts({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.hosts, ...second.hosts].map(({ id }) => id)).to.deep.equal(['a', 'b', 'c']);
    expect(second.nextPageToken).to.equal('');
    const east = await at.hosts.listHosts({ labels: { zone: 'east' } });
    expect(east.hosts.map(({ id }) => id)).to.deep.equal(['a', 'c']);
  });

  it('sets and removes labels over those of the agent', async () => {
    await at.connect('host-1', { hello: { labels: { zone: 'east' } } });
    const set = await at.hosts.labelHost({ host: 'host-1', set: { zone: 'west', rack: '7' } });
    expect(set.host?.labels).to.deep.equal({ zone: 'west', rack: '7' });
    const removed = await at.hosts.labelHost({ host: 'host-1', remove: ['zone', 'none'] });
    expect(removed.host?.labels).to.deep.equal({ zone: 'east', rack: '7' });
    await expectReason(at.hosts.labelHost({ host: 'host-1', remove: ['zone'] }), 'label_of_agent');
    const wrong = at.hosts.labelHost({ host: 'host-1', set: { 'not a label!': 'x' } });
    expect((await expectReason(wrong, 'request_invalid')).violations).to.have.length(1);
  });

  it('cordons a host, which keeps what runs and gets nothing new, and lifts that again', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 1 });
    await running(1);
    const cordoned = await at.hosts.cordonHost({ host: 'host-1', text: 'new disk' });
    expect(cordoned.host).to.include({ cordoned: true, reason: 'host_cordoned', text: 'new disk' });
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 2 });
    await waitFor('why the second waits', async () => {
      const { miner } = await at.fleet.getMiner({ name: 'alpha' });
      return miner?.counts?.pending === 1 && miner.why !== undefined;
    });
    expect(await runningOn('host-1')).to.equal(1);
    await at.hosts.uncordonHost({ host: 'host-1' });
    await running(2);
    const { revision } = await at.fleet.getFleetStatus({});
    await at.hosts.uncordonHost({ host: 'host-1' });
    expect((await at.fleet.getFleetStatus({})).revision).to.equal(revision);
  });

  it('drains a host onto the others', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 3 });
    await running(3);
    await at.connect('host-2');
    const { host: drained, remaining } = await at.hosts.drainHost({ host: 'host-1' });
    expect(drained).to.include({ cordoned: true, draining: true, reason: 'host_draining' });
    expect(remaining).to.be.at.least(1);
    await waitFor('an empty host', async () => (await runningOn('host-1')) === 0);
    await running(3);
    expect(await runningOn('host-2')).to.equal(3);
    expect((await at.hosts.uncordonHost({ host: 'host-1' })).host).to.include({ cordoned: false, draining: false });
  });

  it('removes an empty host, and one with live instances by force alone', async () => {
    const agent = await at.connect('host-1');
    await at.apply({ replicas: 1 });
    await running(1);
    const error = await expectReason(at.hosts.removeHost({ host: 'host-1' }), 'host_in_use');
    expect(error.metadata['instances']).to.equal('1');
    await at.hosts.removeHost({ host: 'host-1', force: true });
    await waitFor('the end of the session', () => agent.ended);
    expect(agent.ended).to.be.instanceOf(HeadframeError).with.property('reason', 'host_removed');
    await expectReason(host('host-1'), 'host_not_found');
    await waitFor(
      'the loss',
      async () => (await at.fleet.listInstances({ miner: 'alpha' })).instances[0]?.hostId === '',
    );
    await at.connect('host-2');
    await running(1);
    await at.hosts.cordonHost({ host: 'host-2' });
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 0 });
    await waitFor('an empty host', async () => (await host('host-2'))?.instances === 0);
    await at.hosts.removeHost({ host: 'host-2' });
    await expectReason(host('host-2'), 'host_not_found');
  });

  it('does not remove a host whose instances hold an exclusive identity, as they could live twice', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 1, identity: 'hotkey-1', onDisconnect: 'stop' });
    await running(1);
    await expectReason(at.hosts.removeHost({ host: 'host-1', force: true }), 'identity_held');
    await running(1);
  });

  it('replaces the instances of a host that is lost', async () => {
    await at.connect('host-1', { heartbeats: false });
    await at.apply({ replicas: 1 });
    await running(1);
    await at.connect('host-2');
    await waitFor('the loss', async () => (await host('host-1'))?.state === HostState.LOST);
    await waitFor('the replacement', async () => (await runningOn('host-2')) === 1);
  });
});
