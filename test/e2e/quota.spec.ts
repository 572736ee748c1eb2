import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { RunningFleet } from '../support/running-fleet.js';

const SMALL = { cpu: '200m', memory: '32MiB', disk: '16MiB' };

describeWithDocker('quotas of namespaces', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: { cpu: '2' } });
  });
  after(() => fleet.close());

  /** Runs a command that has to succeed; gives what it printed as JSON. */
  async function headframe(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await fleet.headframe([...args, '-o', 'json']);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async function refused(...args: readonly string[]): Promise<string> {
    const { code, stderr } = await fleet.headframe([...args, '-o', 'json']);
    expect(code).to.not.equal(0);
    return stderr;
  }

  it('holds back what is over its quota with a why, starts it when the quota rises, and stops nothing when it falls', async () => {
    const miner = { name: 'worker', namespace: 'team', replicas: 4, resources: SMALL };
    const unknown = await fleet.apply(miner).catch((error: unknown) => error);
    expect(unknown).to.have.property('reason', 'namespace_not_found');

    await headframe('namespaces', 'set', 'team', '--cpu', '400m', '--memory', '1GiB');
    await fleet.apply(miner, { name: 'bystander', resources: SMALL });
    await fleet.until('two to run', async () => (await fleet.containers('worker')).length === 2);
    await fleet.running('bystander', 1);
    const why = await fleet.waiting('worker', 'quota_exceeded');
    expect(why.text).to.contain('team');
    const waiting = (await fleet.instances('worker')).filter(({ hostId }) => hostId === '');
    expect(waiting.map(({ reason }) => reason)).to.deep.equal(['quota_exceeded', 'quota_exceeded']);
    expect(await headframe('namespaces', 'show', 'team')).to.deep.include({
      miners: 1,
      waiting: 2,
      used: { cpuMillis: 400, memoryBytes: 2 ** 26, diskBytes: 2 ** 25, instances: 2, gpus: 0 },
    });

    const before = (await fleet.containers('worker')).map(({ Id }) => Id);
    await headframe('namespaces', 'set', 'team', '--cpu', '600m');
    await fleet.until('three to run', async () => (await fleet.containers('worker')).length === 3);
    await fleet.waiting('worker', 'quota_exceeded');

    await headframe('namespaces', 'set', 'team', '--cpu', '200m');
    await fleet.fleet.scaleMiner({ name: 'worker', replicas: 3 });
    await fleet.running('worker', 3);
    const after = (await fleet.containers('worker')).map(({ Id }) => Id);
    expect(after, 'a lowered quota stops nothing').to.include.members(before);

    await headframe('namespaces', 'set', 'team', '--no-limits');
    await fleet.fleet.scaleMiner({ name: 'worker', replicas: 4 });
    await fleet.running('worker', 4);
  });

  it('lets the plan tell what would wait, lists by namespace, and deletes only what is empty', async () => {
    await headframe('namespaces', 'set', 'team', '--instances', '5');
    const { miners } = await fleet.fleet.listMiners({ namespace: 'team' });
    expect(miners.map(({ spec }) => spec?.name)).to.deep.equal(['worker']);
    const spec = miners[0]?.spec;
    if (spec === undefined) throw new Error('worker is there');
    const { plans } = await fleet.fleet.planMiners({ miners: [{ ...spec, replicas: 9 }] });
    expect([plans[0]?.unplaced, plans[0]?.why?.reason]).to.deep.equal([4, 'quota_exceeded']);

    const { instances } = await fleet.fleet.listInstances({ namespace: 'team' });
    expect(new Set(instances.map(({ miner }) => miner))).to.deep.equal(new Set(['worker']));
    const events = await fleet.headframe(['events', '-n', 'team', '-o', 'json']);
    const named = events.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { miner: string }).miner);
    expect(new Set(named)).to.deep.equal(new Set(['worker']));

    expect(await refused('namespaces', 'rm', 'team', '--yes')).to.contain('namespace_in_use');
    expect(await refused('namespaces', 'rm', 'default', '--yes')).to.contain('namespace_default');
    await fleet.remove('worker');
    await headframe('namespaces', 'rm', 'team', '--yes');
    const { namespaces } = await fleet.fleet.listNamespaces({});
    expect(namespaces.map(({ name }) => name)).to.deep.equal(['default']);
  });
});
