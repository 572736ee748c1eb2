import { expect } from 'chai';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { waitFor } from '../../../support/wait-for.js';

describe('FleetService: namespaces', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
  });
  afterEach(() => at.close());

  const names = async () => (await at.fleet.listNamespaces({})).namespaces.map(({ name }) => name);

  it('begins with the default namespace, without limits', async () => {
    const { namespaces } = await at.fleet.listNamespaces({});
    expect(namespaces.map(({ name, miners, quota }) => [name, miners, quota?.instances])).to.deep.equal([
      ['default', 0, undefined],
    ]);
  });

  it('keeps what is applied over a restart, and changes nothing when it is applied again', async () => {
    const namespace = { name: 'team', description: 'Us', labels: { a: 'b' }, quota: { cpuMillis: 1500n, gpus: 0 } };
    const applied = await at.fleet.applyNamespace({ namespace });
    expect(applied.namespace).to.deep.include({ name: 'team', description: 'Us', labels: { a: 'b' }, waiting: 0 });
    expect([applied.namespace?.quota?.cpuMillis, applied.namespace?.quota?.gpus]).to.deep.equal([1500n, 0]);
    const { revision } = await at.fleet.listNamespaces({});
    await at.fleet.applyNamespace({ namespace });
    expect((await at.fleet.listNamespaces({})).revision).to.equal(revision);

    const store = at.store.reopen();
    await at.close();
    at = await openCoordinatorFixture({}, store);
    const { namespace: found } = await at.fleet.getNamespace({ name: 'team' });
    expect([found?.quota?.cpuMillis, found?.quota?.instances]).to.deep.equal([1500n, undefined]);
  });

  it('replaces the whole quota', async () => {
    await at.fleet.applyNamespace({ namespace: { name: 'default', quota: { instances: 3 } } });
    await at.fleet.applyNamespace({ namespace: { name: 'default', quota: { gpus: 1 } } });
    const { namespace } = await at.fleet.getNamespace({ name: 'default' });
    expect([namespace?.quota?.instances, namespace?.quota?.gpus]).to.deep.equal([undefined, 1]);
  });

  it('refuses what is not valid, unknown, in use, or the default to go', async () => {
    await expectReason(at.fleet.applyNamespace({ namespace: { name: 'Not Valid' } }), 'namespace_invalid');
    await expectReason(at.fleet.applyNamespace({}), 'namespace_invalid');
    await expectReason(at.fleet.getNamespace({ name: 'none' }), 'namespace_not_found');
    await expectReason(at.fleet.deleteNamespace({ name: 'none' }), 'namespace_not_found');
    await expectReason(at.fleet.deleteNamespace({ name: 'default' }), 'namespace_default');
    await expectReason(at.apply({ namespace: 'none' }), 'namespace_not_found');
    await at.fleet.applyNamespace({ namespace: { name: 'team' } });
    await at.apply({ namespace: 'team', replicas: 0 });
    await expectReason(at.fleet.deleteNamespace({ name: 'team' }), 'namespace_in_use');
    await at.fleet.deleteMiner({ name: 'alpha' });
    await waitFor('the miner to be gone', async () => (await at.fleet.listMiners({})).miners.length === 0);
    await at.fleet.deleteNamespace({ name: 'team' });
    expect(await names()).to.deep.equal(['default']);
  });

  it('tells what is held and what waits, and lists and streams by namespace', async () => {
    await at.connect('host-1');
    await at.fleet.applyNamespace({ namespace: { name: 'team', quota: { instances: 2 } } });
    await at.apply({ name: 'alpha', namespace: 'team', replicas: 3 }, { name: 'beta' });
    const told = await waitFor('two to run and one to wait', async () => {
      const { namespace } = await at.fleet.getNamespace({ name: 'team' });
      return namespace?.used?.instances === 2 && namespace.waiting === 1 && namespace;
    });
    expect([told.miners, told.used?.cpuMillis]).to.deep.equal([1, 200n]);
    expect((await at.fleet.getMiner({ name: 'alpha' })).miner?.why?.reason).to.equal('quota_exceeded');
    const { miners } = await at.fleet.listMiners({ namespace: 'team' });
    expect(miners.map(({ spec }) => spec?.name)).to.deep.equal(['alpha']);
    const { instances } = await at.fleet.listInstances({ namespace: 'default' });
    expect(instances.map(({ miner }) => miner)).to.deep.equal(['beta']);
    const subjects = new Set<string>();
    for await (const { events } of at.fleet.streamEvents({ namespace: 'team' }))
      for (const { miner } of events) subjects.add(miner);
    expect([...subjects]).to.deep.equal(['alpha']);
  });

  it('changes the namespace of a miner in place', async () => {
    await at.connect('host-1');
    await at.fleet.applyNamespace({ namespace: { name: 'team' } });
    await at.apply({ replicas: 2 });
    const running = () =>
      waitFor('two to run', async () => (await at.fleet.getMiner({ name: 'alpha' })).miner?.counts?.running === 2);
    await running();
    const before = (await at.fleet.listInstances({})).instances.map(({ id }) => id);
    await at.apply({ replicas: 2, namespace: 'team' });
    await running();
    expect((await at.fleet.listInstances({})).instances.map(({ id }) => id)).to.deep.equal(before);
    expect((await at.fleet.getNamespace({ name: 'team' })).namespace?.used?.instances).to.equal(2);
  });
});
