import { expect } from 'chai';
import { ApplyChange } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { openCoordinatorFixture, wireSpec } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { waitFor } from '../../../support/wait-for.js';

describe('FleetService: miners', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
  });
  afterEach(() => at.close());

  const counts = async (name = 'alpha') => (await at.fleet.getMiner({ name })).miner?.counts;
  const running = (count: number, name = 'alpha') =>
    waitFor(`${count} running of ${name}`, async () => (await counts(name))?.running === count);
  const settled = () => waitFor('a settled fleet', async () => (await at.fleet.getFleetStatus({})).settled);

  it('brings an applied miner to run', async () => {
    await at.connect('host-1');
    const { results, revision } = await at.fleet.applyMiners({ miners: [wireSpec({ replicas: 3 })] });
    expect(results.map(({ name, change }) => [name, change])).to.deep.equal([['alpha', ApplyChange.CREATED]]);
    expect(revision > 0n).to.equal(true);
    await running(3);
    await settled();
    const { miner } = await at.fleet.getMiner({ name: 'alpha' });
    expect(miner?.counts).to.include({ desired: 3, pending: 0, running: 3, healthy: 3 });
    expect(miner?.why).to.equal(undefined);
    const status = await at.fleet.getFleetStatus({});
    expect(status).to.include({
      hosts: 1,
      hostsReady: 1,
      miners: 1,
      instancesRunning: 3,
      instancesLive: 3,
      version: 'test',
    });
    expect(status.allocated?.cpuMillis).to.equal(300);
  });

  it('changes nothing when the same spec is applied again', async () => {
    const revision = await at.apply({});
    await settled();
    const again = await at.fleet.applyMiners({ miners: [wireSpec()] });
    expect(again.results.map(({ change }) => change)).to.deep.equal([ApplyChange.UNCHANGED]);
    expect((await at.fleet.getMiner({ name: 'alpha' })).miner?.specRevision).to.equal(revision);
  });

  it('answers an apply only when it is durable', async () => {
    at.store.hold();
    let answered = false;
    const applied = at.apply({}).then(() => (answered = true));
    // It is recorded for the audit first, and only then in memory.
    await waitFor('a reader of the apply to wait, too', () =>
      expectReason(at.fleet.getMiner({ name: 'alpha' }, { timeoutMs: 300 }), 'deadline_exceeded'),
    );
    expect(answered).to.equal(false);
    at.store.release();
    await applied;
  });

  it('applies nothing when anything is wrong, and tells everything that is', async () => {
    const bad = wireSpec({ name: 'beta' });
    bad.priority = 5000;
    bad.kind = 'toaster';
    const good = wireSpec();
    const error = await expectReason(at.fleet.applyMiners({ miners: [good, bad, good] }), 'manifest_invalid');
    expect(error).to.include({ code: 'invalid_argument' });
    expect(error.remedy).to.be.a('string');
    const places = error.violations.map(({ document, path }) => `${document ?? ''} ${path}`);
    expect(places).to.include.members(['miners[1] priority', 'miners[1] kind', 'miners[2] name']);
    expect((await at.fleet.listMiners({})).miners).to.deep.equal([]);
  });

  it('refuses no miners and too many', async () => {
    await expectReason(at.fleet.applyMiners({}), 'manifest_invalid');
    const many = Array.from({ length: 1001 }, (_, index) => wireSpec({ name: `m${index}` }));
    await expectReason(at.fleet.applyMiners({ miners: many }), 'manifest_invalid');
    await expectReason(at.fleet.planMiners({}), 'manifest_invalid');
  });

  it('plans without changing anything, and tells why what would wait waits', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 2 });
    await settled();
    const before = await at.fleet.getFleetStatus({});
    const big = { cpuMillis: 5000, memoryBytes: 2 ** 30, diskBytes: 2 ** 20, gpus: 0, pids: 0 };
    const { plans } = await at.fleet.planMiners({
      miners: [wireSpec({ replicas: 4 }), wireSpec({ name: 'beta', replicas: 2, resources: big })],
    });
    expect(plans.map(({ name, change }) => [name, change])).to.deep.equal([
      ['alpha', ApplyChange.UPDATED_IN_PLACE],
      ['beta', ApplyChange.CREATED],
    ]);
    expect(plans[0]?.changedPaths).to.deep.equal(['replicas']);
    expect(plans[0]?.placements.map(({ hostId, count }) => [hostId, count])).to.deep.equal([['host-1', 2]]);
    expect(plans[1]).to.include({ unplaced: 1 });
    expect(plans[1]?.why?.filters.map(({ reason, hosts }) => [reason, hosts])).to.deep.equal([['insufficient_cpu', 1]]);
    expect((await at.fleet.getFleetStatus({})).revision).to.equal(before.revision);
  });

  it('plans a replacement as what stops and what starts', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 2 });
    await running(2);
    await settled();
    const { plans } = await at.fleet.planMiners({ miners: [wireSpec({ replicas: 2, stopGraceMs: 1 })] });
    expect(plans[0]).to.include({ change: ApplyChange.UPDATED_BY_REPLACEMENT, stopping: 2, unplaced: 0 });
    expect(plans[0]?.placements.map(({ count }) => count)).to.deep.equal([2]);
  });

  it('scales up, down and to nothing', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 1 });
    await running(1);
    expect((await at.fleet.scaleMiner({ name: 'alpha', replicas: 4 })).miner?.spec?.replicas).to.equal(4);
    await running(4);
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 0 });
    await running(0);
    const error = await expectReason(at.fleet.scaleMiner({ name: 'alpha', replicas: 1_000_001 }), 'request_invalid');
    expect(error.violations.map(({ path }) => path)).to.deep.equal(['replicas']);
  });

  it('stops a miner and starts it again by a restart', async () => {
    await at.connect('host-1');
    await at.apply({ replicas: 2 });
    await running(2);
    expect((await at.fleet.stopMiner({ name: 'alpha' })).miner?.stopped).to.equal(true);
    await running(0);
    await settled();
    expect((await at.fleet.restartMiner({ name: 'alpha' })).miner?.stopped).to.equal(false);
    await running(2);
  });

  it('deletes a miner with all its instances', async () => {
    const agent = await at.connect('host-1');
    await at.apply({ replicas: 2 });
    await running(2);
    const { revision } = await at.fleet.deleteMiner({ name: 'alpha' });
    expect(revision > 0n).to.equal(true);
    await waitFor('the miner is gone', async () => (await at.fleet.listMiners({})).miners.length === 0);
    expect((await at.fleet.listInstances({ includeEnded: true })).instances).to.deep.equal([]);
    await waitFor('the agent holds nothing', () => agent.held.size === 0);
  });

  it('suggests the name that was meant', async () => {
    await at.apply({ name: 'lantern' });
    for (const call of [
      at.fleet.getMiner({ name: 'lantren' }),
      at.fleet.scaleMiner({ name: 'lantren' }),
      at.fleet.restartMiner({ name: 'lantren' }),
      at.fleet.stopMiner({ name: 'lantren' }),
      at.fleet.deleteMiner({ name: 'lantren' }),
    ]) {
      const error = await expectReason(call, 'miner_not_found');
      expect(error).to.include({ code: 'not_found' });
      expect(error.metadata['meant']).to.equal('lantern');
    }
  });

  it('tells why instances wait when there is no host', async () => {
    await at.apply({});
    await settled();
    const { miner } = await at.fleet.getMiner({ name: 'alpha' });
    expect(miner?.why?.reason).to.equal('no_hosts');
    const { instances } = await at.fleet.listInstances({ miner: 'alpha' });
    expect(instances.map(({ state, reason }) => [state, reason])).to.deep.equal([[InstanceState.PENDING, 'no_hosts']]);
  });

  it('lists by label, page by page, whatever changes in between', async () => {
    const labels = { tier: 'gold' };
    await at.apply(...['a', 'c', 'e', 'g'].map((name) => ({ name, labels })), { name: 'b' });
    const first = await at.fleet.listMiners({ labels, pageSize: 2 });
    expect(first.miners.map(({ spec }) => spec?.name)).to.deep.equal(['a', 'c']);
    await at.apply({ name: 'aa', labels }, { name: 'd', labels });
    await at.fleet.deleteMiner({ name: 'c' });
    const second = await at.fleet.listMiners({ labels, pageSize: 2, pageToken: first.nextPageToken });
    expect(second.miners.map(({ spec }) => spec?.name)).to.deep.equal(['d', 'e']);
    const last = await at.fleet.listMiners({ labels, pageSize: 2, pageToken: second.nextPageToken });
    expect(last.miners.map(({ spec }) => spec?.name)).to.deep.equal(['g']);
    expect(last.nextPageToken).to.equal('');
  });

  it('refuses page tokens that are not its own and pages that are too large', async () => {
    await at.apply({ name: 'a' }, { name: 'b' });
    const { nextPageToken } = await at.fleet.listMiners({ pageSize: 1 });
    for (const pageToken of ['rubbish!', 'cnViYmlzaA', 'x'.repeat(5000)])
      await expectReason(at.fleet.listMiners({ pageToken }), 'page_token_invalid');
    await expectReason(at.fleet.listInstances({ pageToken: nextPageToken }), 'page_token_invalid');
    await expectReason(at.hosts.listHosts({ pageToken: nextPageToken }), 'page_token_invalid');
    const error = await expectReason(at.fleet.listMiners({ pageSize: 1001 }), 'page_size_invalid');
    expect(error.violations.map(({ path }) => path)).to.deep.equal(['page_size']);
  });
});
