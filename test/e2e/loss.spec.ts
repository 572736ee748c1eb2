import { expect } from 'chai';
import { HostState } from '../../common/gen/headframe/v1/host_pb.js';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { Line } from '../support/line.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

const QUICK = ['--heartbeat-period', '500ms', '--lease-length', '3s'];
const LOST_IN_MS = 20_000;

describeWithDocker('a host that is lost', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let line: Line;
  beforeEach(async () => {
    fleet = await RunningFleet.open({ beta: {} }, { coordinator: QUICK });
    line = await Line.open(fleet.address);
    await fleet.startAgent('alpha', { coordinator: line.address });
    await fleet.hostsReady(2);
  });
  afterEach(async () => {
    await fleet.close();
    await line.close();
  });

  async function hostState(state: keyof typeof HostState): Promise<void> {
    const reached = async () => (await fleet.host('alpha')).state === HostState[state];
    await fleet.until(`alpha to be ${state}`, reached, LOST_IN_MS);
  }

  async function runningOn(host: string, miner: string): Promise<string[]> {
    const containers = await fleet.engine.containers(fleet.hostId(host), miner);
    return containers.filter(({ State }) => State.Running).map(({ Id }) => Id);
  }

  it('is suspect, then lost; its instances run elsewhere, and its stale copies end when it is back', async () => {
    await fleet.apply({ name: 'spread', replicas: 2, strategy: 'spread' });
    await fleet.running('spread', 2);
    const [stale] = await runningOn('alpha', 'spread');
    const [kept] = (await fleet.engine.containers(fleet.hostId('beta'), 'spread')).map(lifeOf);

    await fleet.agent('alpha').end('SIGKILL');
    await hostState('SUSPECT');
    await hostState('LOST');
    const instances = await fleet.running('spread', 2);
    expect(instances.map(({ hostId }) => hostId)).to.deep.equal([fleet.hostId('beta'), fleet.hostId('beta')]);
    expect(await runningOn('beta', 'spread')).to.have.length(2);
    expect((await fleet.instances('spread', { ended: true })).map(({ reason }) => reason)).to.include('host_lost');
    // Nobody is there to end it: without an identity a copy may go on.
    expect(await runningOn('alpha', 'spread')).to.deep.equal([stale]);

    await fleet.startAgent('alpha');
    await hostState('READY');
    await fleet.until('the stale copy to go', async () => (await fleet.containers('spread')).length === 2);
    expect(await runningOn('alpha', 'spread')).to.deep.equal([]);
    expect((await fleet.containers('spread')).map(lifeOf)).to.deep.include(kept);
    await fleet.running('spread', 2);
  });

  it('has ended its holder of an identity before another host starts one, though nobody could tell it', async () => {
    const liking = [{ attribute: 'host.name', values: ['alpha'], weight: 100 }];
    const beganAt = Date.now();
    await fleet.apply({ name: 'holder', identity: 'hotkey-1', affinities: liking, stopGrace: '500ms' });
    await fleet.running('holder', 1);
    expect(await runningOn('alpha', 'holder')).to.have.length(1);

    line.silence();
    await hostState('LOST');
    await fleet.until('the holder on the other host', async () => (await runningOn('beta', 'holder')).length === 1);
    const events = await fleet.engineEvents(beganAt, 'holder');
    expect(countsOver(events, 0)).to.deep.equal({ least: 0, most: 1 });

    line.mend();
    await hostState('READY');
    await fleet.until('one container', async () => (await fleet.containers('holder')).length === 1);
    expect(await runningOn('beta', 'holder')).to.have.length(1);
    expect(countsOver(await fleet.engineEvents(beganAt, 'holder'), 0).most).to.equal(1);
  });

  it('goes on with what it holds while it is cut off, and takes it up again', async () => {
    await fleet.apply({ name: 'steady', replicas: 2, strategy: 'spread' });
    await fleet.running('steady', 2);
    const before = (await fleet.containers('steady')).map(lifeOf);
    line.refuse();
    await hostState('SUSPECT');
    line.mend();
    await hostState('READY');
    await fleet.running('steady', 2);
    expect((await fleet.containers('steady')).map(lifeOf)).to.deep.equal(before);
  });

  it('ends what it was told to stop meanwhile, as soon as it hears of it', async () => {
    const here = [{ attribute: 'host.name', values: ['alpha'] }];
    await fleet.apply({ name: 'stops', constraints: here });
    await fleet.running('stops', 1);
    line.refuse();
    await hostState('SUSPECT');
    await fleet.fleet.stopMiner({ name: 'stops' });
    expect(await runningOn('alpha', 'stops')).to.have.length(1);
    line.mend();
    await fleet.until('the container to end', async () => (await fleet.containers('stops')).length === 0);
  });

  it('that froze ends its holder of an identity as soon as it thaws', async () => {
    const liking = [{ attribute: 'host.name', values: ['alpha'], weight: 100 }];
    await fleet.apply({ name: 'frozen', identity: 'hotkey-2', affinities: liking, stopGrace: '500ms' });
    await fleet.running('frozen', 1);
    fleet.agent('alpha').signal('SIGSTOP');
    await hostState('LOST');
    fleet.agent('alpha').signal('SIGCONT');
    await fleet.until('the holder on the other host alone', async () => {
      const [here, there] = [await runningOn('alpha', 'frozen'), await runningOn('beta', 'frozen')];
      return here.length === 0 && there.length === 1;
    });
    await fleet.until('one container', async () => (await fleet.containers('frozen')).length === 1);
  });
});
