import { expect } from 'chai';
import { describeWithDocker, testImage } from '../support/docker.js';
import { describeWith } from '../support/describe-with.js';
import { OwnEngine, whyNoOwnEngine } from '../support/own-engine.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

const LIVE = ['--live-restore'];

describeWithDocker('an engine that goes away under its agent', function () {
  this.timeout(120_000);
  describeWith(whyNoOwnEngine())('and comes back', () => {
    let engine: OwnEngine;
    let fleet: RunningFleet;
    before(async () => {
      engine = await OwnEngine.open(testImage, LIVE);
      fleet = await RunningFleet.open({ alpha: {} }, { dockerSocket: engine.socket });
      await fleet.apply({ name: 'steady', replicas: 2 });
      await fleet.running('steady', 2);
    });
    after(async () => {
      await fleet.close();
      await engine.close();
    });

    async function reasonsSince(revision: bigint, miner: string): Promise<string[]> {
      const reasons: string[] = [];
      for await (const { events } of fleet.fleet.streamEvents({ afterRevision: revision, miner }))
        reasons.push(...events.map(({ reason }) => reason));
      return reasons;
    }

    it('after a crash, keeping its containers: they go on untouched, and new ones come', async () => {
      const before = (await fleet.containers('steady')).map(lifeOf);
      await engine.kill();
      await fleet.apply({ name: 'meanwhile' });
      await fleet.until(
        'the agent to say that the engine is away',
        async () => (await fleet.instance('meanwhile')).reason === 'engine_unavailable',
      );
      expect((await fleet.host('alpha')).reason).not.to.equal('host_lost');

      await engine.start(LIVE);
      await fleet.running('meanwhile', 1);
      expect((await fleet.containers('steady')).map(lifeOf)).to.deep.equal(before);
      const instances = await fleet.running('steady', 2);
      expect(instances.map(({ restarts }) => restarts)).to.deep.equal([0, 0]);
      await fleet.remove('meanwhile');
    });

    it('after a crash in which a container died: that one alone is started again', async () => {
      const [victim, other] = await fleet.containers('steady');
      await engine.kill();
      process.kill(victim?.State.Pid ?? 0, 'SIGKILL');
      await engine.start(LIVE);
      await fleet.until('the victim to run again', async () => {
        const container = await fleet.engine.inspect(victim?.Id ?? '');
        return container?.State.Running === true && container.State.StartedAt !== victim?.State.StartedAt;
      });
      await fleet.until('the restart to be told', async () =>
        (await fleet.instances('steady')).some(
          ({ containerId, restarts }) => containerId === victim?.Id && restarts === 1,
        ),
      );
      const after = await fleet.containers('steady');
      expect(after).to.have.length(2);
      expect(after.map(lifeOf)).to.deep.include(other && lifeOf(other));
    });

    it('after an orderly restart that ends its containers: they are started again, with a reason', async () => {
      const before = await fleet.containers('steady');
      const { revision } = await fleet.fleet.getFleetStatus({});
      await engine.stop();
      await engine.start([]);
      await fleet.until('both to run again', async () => {
        const containers = await fleet.containers('steady');
        const running = containers.filter(({ State }) => State.Running);
        const starts = new Set(before.map(({ State }) => State.StartedAt));
        return running.length === 2 && running.every(({ State }) => !starts.has(State.StartedAt));
      });
      const instances = await fleet.running('steady', 2);
      const containers = await fleet.containers('steady');
      expect(containers.map(({ Id }) => Id)).to.have.members(instances.map(({ containerId }) => containerId));
      const told = await reasonsSince(revision, 'steady');
      const ends = told.filter((reason) => ['killed', 'exited', 'exited_error', 'container_gone'].includes(reason));
      expect(ends.length, told.join()).to.be.at.least(2);
    });
  });
});
