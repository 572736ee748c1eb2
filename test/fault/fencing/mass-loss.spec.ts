import { expect } from 'chai';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { describeWithDocker } from '../../support/docker.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';

const QUICK = ['--heartbeat-period', '500ms', '--lease-length', '2s'];
const HOSTS = ['a', 'b', 'c', 'd', 'e'] as const;
const VANISHED = ['a', 'b', 'c'] as const;

describeWithDocker('when 60 % of the hosts vanish at once', function () {
  this.timeout(120_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open(Object.fromEntries(HOSTS.map((name) => [name, {}])), { coordinator: QUICK });
    await fleet.apply({ name: 'crew', replicas: 5, strategy: 'spread' });
  });
  beforeEach(() => fleet.running('crew', 5));
  after(() => fleet.close());

  /** Its hosts are one machine, which is an alarm as well. */
  const alarms = async (): Promise<string[]> => {
    const reasons = (await fleet.fleet.getFleetStatus({})).alarms.map(({ reason }) => reason);
    return reasons.filter((reason) => reason !== 'host_duplicate');
  };
  const lives = async () => new Set((await fleet.containers('crew')).map((info) => JSON.stringify(lifeOf(info))));
  const held = async (name: string): Promise<boolean> => (await fleet.host(name)).reason === 'mass_loss';

  async function vanish(): Promise<void> {
    await Promise.all(VANISHED.map((name) => fleet.agent(name).end('SIGKILL')));
    await fleet.until('the alarm', async () => (await alarms()).includes('mass_loss'));
    for (const name of VANISHED) await fleet.until(`${name} to be held`, () => held(name));
  }

  it('replaces nothing, says so everywhere, and goes on where it was once they are back', async () => {
    const before = await lives();
    const { revision } = await fleet.fleet.getFleetStatus({});
    await vanish();
    expect((await fleet.headframe(['status'])).stdout).to.contain('mass_loss');
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.hostsReady(2);
    expect(await alarms()).to.deep.equal(['mass_loss']);
    for (const name of VANISHED) expect((await fleet.host(name)).state).to.equal(HostState.SUSPECT);
    expect(await fleet.instances('crew', { ended: true })).to.have.length(5);

    for (const name of VANISHED) await fleet.startAgent(name);
    await fleet.hostsReady(5);
    await fleet.until('the alarm to be over', async () => (await alarms()).length === 0);
    await fleet.running('crew', 5);
    expect(await lives()).to.deep.equal(before);
    const { stdout } = await fleet.headframe(['events', '--since-revision', String(revision), '-o', 'json']);
    expect(stdout).to.contain('mass_loss').and.to.contain('mass_loss_over');
  });

  it('replaces what ran there once an operator has given them up', async () => {
    await vanish();
    const { code, stdout } = await fleet.headframe(['hosts', 'brake', 'release', '--yes', '-o', 'json']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ givenUp: VANISHED.map((name) => fleet.hostId(name)) });
    const instances = await fleet.running('crew', 5);
    const here = new Set(['d', 'e'].map((name) => fleet.hostId(name)));
    expect(instances.every(({ hostId }) => here.has(hostId))).to.equal(true);
    expect(await alarms()).to.deep.equal([]);
    for (const name of VANISHED) expect((await fleet.host(name)).reason).to.equal('host_given_up');
    const again = await fleet.headframe(['hosts', 'brake', 'release', '--yes']);
    expect(again.code).not.to.equal(0);
  });
});
