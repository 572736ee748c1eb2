import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

describeWithDocker('hosts that are cordoned, drained and removed', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  beforeEach(async () => {
    fleet = await RunningFleet.open({ alpha: {}, beta: {} });
  });
  afterEach(() => fleet.close());

  async function headframe(...args: string[]): Promise<number> {
    return (await fleet.headframe(args)).code;
  }

  async function runningOn(host: string, miner: string): Promise<number> {
    const containers = await fleet.engine.containers(fleet.hostId(host), miner);
    return containers.filter(({ State }) => State.Running).length;
  }

  it('empties a drained host with never a replica less than wanted, and fills it again', async () => {
    await fleet.apply({ name: 'moved', replicas: 4, strategy: 'spread' });
    await fleet.running('moved', 4);
    expect(await runningOn('alpha', 'moved')).to.equal(2);

    const beganAt = Date.now();
    expect(await headframe('hosts', 'drain', 'alpha', '--wait', '--reason', 'new disks')).to.equal(0);
    await fleet.running('moved', 4);
    await fleet.until('the containers to go', async () => (await fleet.containers('moved')).length === 4);
    expect([await runningOn('alpha', 'moved'), await runningOn('beta', 'moved')]).to.deep.equal([0, 4]);
    expect(countsOver(await fleet.engineEvents(beganAt, 'moved'), 4)).to.deep.equal({ least: 4, most: 5 });
    expect(await fleet.host('alpha')).to.include({ draining: true, reason: 'host_draining', text: 'new disks' });

    expect(await headframe('hosts', 'uncordon', 'alpha')).to.equal(0);
    await fleet.fleet.scaleMiner({ name: 'moved', replicas: 6 });
    await fleet.running('moved', 6);
    expect(await runningOn('alpha', 'moved')).to.equal(2);
  });

  it('moves the holder of an identity by ending it first', async () => {
    const beganAt = Date.now();
    const liking = [{ attribute: 'host.name', values: ['alpha'], weight: 100 }];
    await fleet.apply({ name: 'holder', identity: 'hotkey-1', affinities: liking });
    await fleet.running('holder', 1);
    expect(await runningOn('alpha', 'holder')).to.equal(1);

    expect(await headframe('hosts', 'drain', 'alpha', '--wait')).to.equal(0);
    await fleet.running('holder', 1);
    expect([await runningOn('alpha', 'holder'), await runningOn('beta', 'holder')]).to.deep.equal([0, 1]);
    expect(countsOver(await fleet.engineEvents(beganAt, 'holder'), 0)).to.deep.equal({ least: 0, most: 1 });
  });

  it('keeps on a draining host what fits nowhere else, and says why', async () => {
    const here = [{ attribute: 'host.name', values: ['alpha'] }];
    await fleet.apply({ name: 'bound', constraints: here });
    await fleet.running('bound', 1);
    const before = lifeOf(await fleet.container('bound'));
    expect(await headframe('hosts', 'drain', 'alpha', '--wait', '--timeout', '2s')).to.equal(6);
    await fleet.waiting('bound', 'host_cordoned', 'constraint_unmet');
    expect(lifeOf(await fleet.container('bound'))).to.deep.equal(before);
    expect(await headframe('hosts', 'uncordon', 'alpha')).to.equal(0);
    await fleet.running('bound', 1);
    await fleet.until('one container', async () => (await fleet.containers('bound')).length === 1);
    expect(lifeOf(await fleet.container('bound'))).to.deep.equal(before);
  });

  it('leaves what runs on a cordoned host and puts nothing more there', async () => {
    await fleet.apply({ name: 'kept', replicas: 2, strategy: 'spread' });
    await fleet.running('kept', 2);
    const before = (await fleet.containers('kept')).map(lifeOf);
    expect(await headframe('hosts', 'cordon', 'alpha')).to.equal(0);
    await fleet.fleet.scaleMiner({ name: 'kept', replicas: 4 });
    await fleet.running('kept', 4);
    expect((await fleet.containers('kept')).map(lifeOf)).to.deep.include.members(before);
    expect([await runningOn('alpha', 'kept'), await runningOn('beta', 'kept')]).to.deep.equal([1, 3]);
  });

  it('removes a host only when nothing lives on it', async () => {
    await fleet.apply({ name: 'living', replicas: 2, strategy: 'spread' });
    await fleet.running('living', 2);
    const before = (await fleet.containers('living')).map(lifeOf);
    expect(await headframe('hosts', 'rm', 'alpha', '--yes')).to.equal(4);
    expect((await fleet.containers('living')).map(lifeOf)).to.deep.equal(before);

    expect(await headframe('hosts', 'drain', 'alpha', '--wait')).to.equal(0);
    await fleet.agent('alpha').end('SIGTERM');
    expect(await headframe('hosts', 'rm', 'alpha', '--yes')).to.equal(0);
    expect(await headframe('hosts', 'show', 'alpha')).to.equal(3);
    await fleet.running('living', 2);
    expect(await runningOn('beta', 'living')).to.equal(2);
  });
});
