import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { freePort, holdPort } from '../support/free-port.js';
import { RunningFleet } from '../support/running-fleet.js';

const BIG = { cpu: '900m' };

describeWithDocker('what runs where, and what waits', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({
      alpha: { cpu: '1', labels: 'name=alpha,zone=east' },
      beta: { cpu: '1', labels: 'name=beta,zone=west' },
    });
  });
  after(() => fleet.close());
  afterEach(async () => {
    const { miners } = await fleet.fleet.listMiners({});
    await fleet.remove(...miners.map(({ spec }) => spec?.name ?? ''));
  });

  /** Hosts of a miner's running containers by the engine, in order. */
  async function hostsOf(miner: string): Promise<string[]> {
    const containers = await fleet.containers(miner);
    const running = containers.filter(({ State }) => State.Running);
    return running.map(({ Config }) => Config.Labels['headframe.host'] ?? '').sort();
  }

  it('runs the higher priorities, and says what the lowest waits for', async () => {
    await fleet.apply(
      { name: 'lowest', priority: 'low', resources: BIG },
      { name: 'highest', priority: 'critical', resources: BIG },
      { name: 'middle', priority: 'normal', resources: BIG },
    );
    await fleet.running('highest', 1);
    await fleet.running('middle', 1);
    const why = await fleet.waiting('lowest', 'insufficient_cpu');
    expect(why.filters.map(({ reason, hosts }) => [reason, hosts])).to.deep.equal([['insufficient_cpu', 2]]);
    expect(await fleet.containers('lowest')).to.deep.equal([]);
    expect([...(await hostsOf('highest')), ...(await hostsOf('middle'))]).to.have.members([
      fleet.hostId('alpha'),
      fleet.hostId('beta'),
    ]);
  });

  it('starts what waits as soon as there is room', async () => {
    await fleet.apply({ name: 'first', replicas: 2, resources: BIG });
    await fleet.running('first', 2);
    await fleet.apply({ name: 'second', resources: BIG });
    await fleet.waiting('second', 'insufficient_cpu');

    const beganAt = Date.now();
    await fleet.fleet.scaleMiner({ name: 'first', replicas: 1 });
    await fleet.running('second', 1);
    const freed = (await fleet.engineEvents(beganAt, 'first')).find(({ action }) => action === 'die');
    const started = (await fleet.engineEvents(beganAt, 'second')).find(({ action }) => action === 'start');
    // The engine alone takes a few tenths of a second for a start, and more on a loaded machine.
    expect(((started?.timeNano ?? Infinity) - (freed?.timeNano ?? 0)) / 1e6).to.be.within(0, 5_000);
  });

  it('keeps to constraints on labels, also on labels that come later', async () => {
    const zone = (value: string) => [{ attribute: 'labels.zone', values: [value] }];
    await fleet.apply(
      { name: 'western', replicas: 2, constraints: zone('west') },
      { name: 'northern', constraints: zone('north') },
    );
    await fleet.running('western', 2);
    expect(await hostsOf('western')).to.deep.equal([fleet.hostId('beta'), fleet.hostId('beta')]);
    await fleet.waiting('northern', 'constraint_unmet');

    await fleet.hosts.labelHost({ host: 'alpha', set: { zone: 'north' } });
    await fleet.running('northern', 1);
    expect(await hostsOf('northern')).to.deep.equal([fleet.hostId('alpha')]);
    await fleet.hosts.labelHost({ host: 'alpha', remove: ['zone'] });
    expect(await hostsOf('northern')).to.deep.equal([fleet.hostId('alpha')]);
  });

  it('puts no more of a miner on a host than its cap', async () => {
    await fleet.apply({ name: 'capped', replicas: 3, strategy: { kind: 'balance', perHostCap: 1 } });
    await fleet.waiting('capped', 'per_host_cap');
    await fleet.until('two to run', async () => (await hostsOf('capped')).length === 2);
    expect(await hostsOf('capped')).to.deep.equal([fleet.hostId('alpha'), fleet.hostId('beta')]);
    expect(await fleet.containers('capped')).to.have.length(2);
  });

  it('never runs two holders of an identity at once', async () => {
    const beganAt = Date.now();
    await fleet.apply({ name: 'holder', identity: 'hotkey-1' });
    await fleet.running('holder', 1);
    await fleet.apply({ name: 'heir', identity: 'hotkey-1' });
    await fleet.waiting('heir', 'identity_in_use');
    expect(await fleet.containers('heir')).to.deep.equal([]);

    await fleet.fleet.deleteMiner({ name: 'holder' });
    await fleet.running('heir', 1);
    const events = [
      ...(await fleet.engineEvents(beganAt, 'holder')),
      ...(await fleet.engineEvents(beganAt, 'heir')),
    ].sort((a, b) => a.timeNano - b.timeNano);
    expect(countsOver(events, 0)).to.deep.equal({ least: 0, most: 1 });
  });

  it('gives a fixed host port to one instance a host, and the next one waits', async () => {
    const port = await freePort();
    const ports = [{ name: 'web', container: port, host: port }];
    // On the network of the host nothing is published, so that two hosts on one machine can each have the port.
    await fleet.apply({ name: 'served', replicas: 3, container: { network: 'host', ports } });
    const why = await fleet.waiting('served', 'port_taken');
    expect(why.filters.map(({ reason, hosts }) => [reason, hosts])).to.deep.equal([['port_taken', 2]]);
    await fleet.until('two to run', async () => (await hostsOf('served')).length === 2);
    expect(await hostsOf('served')).to.deep.equal([fleet.hostId('alpha'), fleet.hostId('beta')]);
    for (const { Config } of await fleet.containers('served'))
      expect(Config.Env).to.include(`HEADFRAME_PORT_WEB=${String(port)}`);
  });

  it('publishes an automatic port on the engine and tells which it is', async () => {
    const ports = [{ name: 'web', container: 8080 }];
    await fleet.apply({ name: 'auto', replicas: 2, container: { network: 'bridge', ports } });
    const instances = await fleet.running('auto', 2);
    for (const { containerId, ports: bound } of instances) {
      const container = await fleet.engine.inspect(containerId);
      const published = container?.NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort;
      expect(published).to.equal(String(bound[0]?.hostPort));
    }
    expect(new Set(instances.map(({ ports: bound }) => bound[0]?.hostPort)).size).to.equal(2);
  });

  it('says when somebody else has the port, tries seldom, and starts once it is free', async () => {
    const foreign = await holdPort();
    const beganAt = Date.now();
    try {
      const ports = [{ container: 8080, host: foreign.port }];
      await fleet.apply({ name: 'late', priority: 'critical', container: { network: 'bridge', ports } });
      await fleet.ended('late', 'port_conflict');
      await fleet.waiting('late', 'retry_backoff');
    } finally {
      await foreign.close();
    }
    await fleet.running('late', 1);
    const container = await fleet.until('the container to run', async () =>
      (await fleet.containers('late')).find(({ State }) => State.Running),
    );
    expect(container.NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort).to.equal(String(foreign.port));
    const created = (await fleet.engineEvents(beganAt, 'late')).filter(({ action }) => action === 'create');
    expect(created.length).to.be.within(2, 8);
  });

  it('says that no host could ever hold what is too large', async () => {
    await fleet.apply({ name: 'giant', resources: { memory: '64GiB' } });
    await fleet.waiting('giant', 'impossible_resources');
    expect(await fleet.containers('giant')).to.deep.equal([]);
  });
});
