import { expect } from 'chai';
import { readLimits } from '../../agent/host/index.js';
import { describeWithDocker } from '../support/docker.js';
import { script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

const MIB = 2 ** 20;

describeWithDocker('the limits of an instance and how it ends', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(() => fleet.close());

  it('holds every container in the kernel to its share of cpu, memory without swap, and processes', async () => {
    await fleet.apply({ name: 'bound', replicas: 2, resources: { cpu: '250m', memory: '32MiB', pids: 20 } });
    await fleet.running('bound', 2);
    const containers = await fleet.containers('bound');
    expect(containers).to.have.length(2);
    for (const { State } of containers) {
      expect(readLimits(State.Pid)).to.include({
        cpuMillicores: 250,
        memoryBytes: 32 * MIB,
        swapBytes: 0,
        pids: 20,
      });
    }
  });

  it('gives a bound on processes to who asks for none', async () => {
    await fleet.apply({ name: 'unbound' });
    await fleet.running('unbound', 1);
    const { State } = await fleet.container('unbound');
    expect(readLimits(State.Pid)?.pids).to.equal(4096);
  });

  it('tells death by memory, and shows it in the engine', async () => {
    const eater = script('x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; while :; do x=$x$x; done');
    await fleet.apply({ name: 'eater', restart: 'never', container: eater });
    const ended = await fleet.ended('eater', 'out_of_memory');
    expect(ended.exitCode).to.equal(137);
    const container = await fleet.engine.inspect(ended.containerId);
    expect(container?.State).to.include({ OOMKilled: true, ExitCode: 137, Running: false });
  });

  it('tells an error, success, and a command that is not there apart', async () => {
    await fleet.apply(
      { name: 'errs', restart: 'never', container: script('exit 3') },
      { name: 'succeeds', restart: 'onFailure', container: script('exit 0') },
      { name: 'nocommand', restart: 'never', container: { command: ['/no/such/command'] } },
    );
    expect((await fleet.ended('errs', 'exited_error')).exitCode).to.equal(3);
    expect((await fleet.ended('succeeds', 'completed')).exitCode).to.equal(0);
    expect((await fleet.ended('nocommand', 'command_not_found')).exitCode).to.equal(127);
  });

  it('counts a container that somebody kills as killed, and starts it again', async () => {
    await fleet.apply({ name: 'victim' });
    await fleet.running('victim', 1);
    const before = await fleet.container('victim');
    const { revision } = await fleet.fleet.getFleetStatus({});
    await fleet.engine.kill(before.Id);
    const again = await fleet.until('the container to run again', async () => {
      const container = await fleet.container('victim');
      return container.State.StartedAt !== before.State.StartedAt && container.State.Running && container;
    });
    expect(again.Id).to.equal(before.Id);
    await fleet.until('the restart to be told', async () => (await fleet.instance('victim')).restarts === 1);
    const reasons: string[] = [];
    for await (const { events } of fleet.fleet.streamEvents({ afterRevision: revision, miner: 'victim' }))
      reasons.push(...events.map(({ reason }) => reason));
    expect(reasons).to.include('killed');
  });
});
