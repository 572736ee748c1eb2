import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { describeWithDocker } from '../../support/docker.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';

const QUICK = ['--heartbeat-period', '500ms', '--lease-length', '3s'];

describeWithDocker('the guard of a host', function () {
  this.timeout(120_000);
  let fleet: RunningFleet;
  afterEach(() => fleet.close());
  const open = async (coordinator: readonly string[]): Promise<void> => {
    fleet = await RunningFleet.open({ alpha: {} }, { coordinator });
  };

  const guardFile = (agent: string): string => join(fleet.agentFolder(agent), 'guard/guard');

  async function guardPid(agent: string): Promise<number> {
    const [pid] = (await readFile(guardFile(agent), 'utf8').catch(() => '0')).split(' ');
    return Number(pid);
  }

  function isAlive(pid: number): boolean {
    try {
      return pid > 0 && process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  async function running(miner: string): Promise<number> {
    return (await fleet.containers(miner)).filter(({ State }) => State.Running).length;
  }

  it('is not there before it is needed, comes back when it is killed, and ends when nothing is left to guard', async () => {
    await open([]);
    await fleet.apply({ name: 'free' });
    await fleet.running('free', 1);
    expect(await guardPid('alpha')).to.equal(0);
    await fleet.apply({ name: 'keyed', identity: 'key' });
    await fleet.running('keyed', 1);
    const first = await guardPid('alpha');
    expect(isAlive(first)).to.equal(true);
    process.kill(first, 'SIGTERM');
    process.kill(first, 'SIGHUP');
    process.kill(first, 'SIGKILL');
    await fleet.until('another guard', async () => {
      const pid = await guardPid('alpha');
      return pid !== first && isAlive(pid);
    });
    await fleet.remove('keyed', 'free');
    const last = await guardPid('alpha');
    await fleet.agent('alpha').end('SIGTERM');
    await fleet.until('the guard to end', () => !isAlive(last));
  });

  it('ends what lives by the lease when its agent is dead, and nothing else', async () => {
    await open(QUICK);
    await fleet.apply(
      { name: 'key', identity: 'key' },
      { name: 'stops', onDisconnect: 'stop' },
      { name: 'keeps', onDisconnect: 'keep' },
    );
    for (const name of ['key', 'stops', 'keeps']) await fleet.running(name, 1);
    const kept = lifeOf(await fleet.container('keeps'));
    await fleet.agent('alpha').end('SIGKILL');
    await fleet.until('both to end', async () => (await running('key')) + (await running('stops')) === 0, 20_000);
    expect(lifeOf(await fleet.container('keeps'))).to.deep.equal(kept);
    await fleet.startAgent('alpha');
    for (const name of ['key', 'stops', 'keeps']) await fleet.running(name, 1);
    expect(lifeOf(await fleet.container('keeps'))).to.deep.equal(kept);
  });

  it('is taken over by the next run of the agent, and restarts nothing', async () => {
    await open([]);
    await fleet.apply({ name: 'stays', identity: 'key' });
    await fleet.running('stays', 1);
    const [life, pid] = [lifeOf(await fleet.container('stays')), await guardPid('alpha')];
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await fleet.agent('alpha').end(signal);
      await fleet.startAgent('alpha');
      await fleet.hostsReady(1);
    }
    await fleet.running('stays', 1);
    expect(lifeOf(await fleet.container('stays'))).to.deep.equal(life);
    expect(await guardPid('alpha')).to.equal(pid);
  });

  it('ends plain processes, too, with all that they started', async () => {
    await open(QUICK);
    const beat = `while :; do sleep 0.05; date +%s%N > ${join(fleet.agentFolder('runner'), '..', 'beat')}; done`;
    await fleet.startAgent('runner', { flags: ['--runtime', 'process'] });
    await fleet.hostsReady(2);
    const here = [{ attribute: 'host.name', values: ['runner'] }];
    const command = ['sh', '-c', `trap '' TERM; (${beat}) & wait; wait`];
    await fleet.apply({ name: 'plain', identity: 'key', constraints: here, container: { command, network: 'host' } });
    await fleet.running('plain', 1);
    await fleet.agent('runner').end('SIGKILL');
    const file = join(fleet.agentFolder('runner'), '..', 'beat');
    const lost = async (): Promise<boolean> => (await fleet.host('runner')).state === HostState.LOST;
    await fleet.until('the host to be lost', lost);
    const last = await readFile(file, 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await readFile(file, 'utf8')).to.equal(last);
  });
});
