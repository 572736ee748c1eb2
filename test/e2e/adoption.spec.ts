import { expect } from 'chai';
import { readStatus } from '../../agent/status-socket.js';
import { describeWithDocker } from '../support/docker.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

describeWithDocker('containers while the programs around them are killed', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {}, beta: {} });
    await fleet.apply({ name: 'steady', replicas: 4, strategy: 'spread' });
    await fleet.running('steady', 4);
  });
  after(() => fleet.close());

  async function lives(): Promise<ReturnType<typeof lifeOf>[]> {
    const containers = await fleet.containers('steady');
    expect(containers.every(({ State }) => State.Running)).to.equal(true);
    return containers.map(lifeOf);
  }

  /** Does what a test is about, and sees that every container went on all the while. */
  async function expectUntouched(disturb: () => Promise<void>): Promise<void> {
    const [before, beganAt] = [await lives(), Date.now()];
    await disturb();
    await fleet.hostsReady(2);
    const instances = await fleet.running('steady', 4);
    expect(await lives()).to.deep.equal(before);
    expect(instances.map(({ restarts }) => restarts)).to.deep.equal([0, 0, 0, 0]);
    expect(instances.map(({ containerId }) => containerId)).to.have.members(before.map(({ id }) => id));
    expect(await fleet.engineEvents(beganAt, 'steady')).to.deep.equal([]);
  }

  async function killAgents(): Promise<void> {
    await Promise.all(['alpha', 'beta'].map((name) => fleet.agent(name).end('SIGKILL')));
  }

  async function startAgents(): Promise<void> {
    await Promise.all(['alpha', 'beta'].map((name) => fleet.startAgent(name)));
  }

  /** Waits until both agents have a session again and hold what runs. */
  async function settleSessions(): Promise<void> {
    for (const name of ['alpha', 'beta']) {
      await fleet.until(`${name} to hold its instances again`, async () => {
        const { pid, connected, instances } = await readStatus(fleet.agentFolder(name));
        const running = instances.filter(({ state }) => state === 'running');
        return pid === fleet.agent(name).pid && connected && running.length === 2;
      });
    }
  }

  it('go on when the agents are killed and started again', () =>
    expectUntouched(async () => {
      await killAgents();
      await startAgents();
      await settleSessions();
    }));

  it('go on when the agents are asked to end and started again', () =>
    expectUntouched(async () => {
      await Promise.all(['alpha', 'beta'].map((name) => fleet.agent(name).end('SIGTERM')));
      await startAgents();
      await settleSessions();
    }));

  it('go on when the coordinator is killed and started again', () =>
    expectUntouched(async () => {
      await fleet.coordinator.end('SIGKILL');
      await fleet.startCoordinator();
      await settleSessions();
    }));

  it('go on when everything is killed, whoever is back first', () =>
    expectUntouched(async () => {
      await Promise.all([killAgents(), fleet.coordinator.end('SIGKILL')]);
      await startAgents();
      await fleet.startCoordinator();
      await settleSessions();
    }));

  it('are started again by the agent alone while the coordinator is away', async () => {
    const [victim] = await fleet.instances('steady');
    await fleet.coordinator.end('SIGKILL');
    const before = await fleet.engine.inspect(victim?.containerId ?? '');
    await fleet.engine.kill(before?.Id ?? '');
    await fleet.until('the container to run again', async () => {
      const container = await fleet.engine.inspect(before?.Id ?? '');
      return container?.State.Running === true && container.State.StartedAt !== before?.State.StartedAt;
    });
    await fleet.startCoordinator();
    await fleet.until('the restart to be told', async () => {
      const instance = (await fleet.instances('steady')).find(({ id }) => id === victim?.id);
      return instance?.restarts === 1;
    });
    await fleet.running('steady', 4);
    expect(await fleet.containers('steady')).to.have.length(4);
  });

  it('that died while their agent was away are started again when it is back', async () => {
    const victim = (await fleet.instances('steady')).find(({ hostId }) => hostId === fleet.hostId('beta'));
    await fleet.agent('beta').end('SIGKILL');
    const before = await fleet.engine.inspect(victim?.containerId ?? '');
    await fleet.engine.kill(before?.Id ?? '');
    await fleet.startAgent('beta');
    await fleet.until('the container to run again', async () => {
      const container = await fleet.engine.inspect(before?.Id ?? '');
      return container?.State.Running === true && container.State.StartedAt !== before?.State.StartedAt;
    });
    await fleet.running('steady', 4);
  });

  it('are made exactly once each, however often the agent is killed between create and start', async () => {
    const here = [{ attribute: 'labels.name', values: ['alpha'] }];
    await fleet.apply({ name: 'often', replicas: 1, constraints: here });
    const kills = 5;
    for (let turn = 1; turn <= kills; turn += 1) {
      const created = nextCreate();
      await fleet.fleet.scaleMiner({ name: 'often', replicas: 2 * turn });
      await created;
      await fleet.agent('alpha').end('SIGKILL');
      await fleet.startAgent('alpha');
    }
    const instances = await fleet.running('often', 2 * kills, 60_000);
    const containers = await fleet.containers('often');
    expect(containers.map(({ Id }) => Id)).to.have.members(instances.map(({ containerId }) => containerId));
    expect(containers.every(({ State }) => State.Running)).to.equal(true);
    expect(new Set(containers.map(({ Config }) => Config.Labels['headframe.serial'])).size).to.equal(2 * kills);
  });

  /** Resolves as soon as the engine creates the next container of the fleet's first host. */
  async function nextCreate(): Promise<void> {
    const label = [`headframe.host=${fleet.hostId('alpha')}`];
    const stream = await fleet.engine.docker.getEvents({
      since: Date.now() / 1000,
      filters: { event: ['create'], label },
    });
    for await (const _event of stream) return;
  }
});
