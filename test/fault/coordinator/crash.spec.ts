import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithDocker } from '../../support/docker.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';
import { between, seededRandom } from '../../support/seeded-random.js';

const SEED = Number(process.env.HEADFRAME_TEST_SEED ?? Date.now() % 1_000_000);
const STEPS = [5, 9, 3, 12] as const;

describeWithDocker(
  `a coordinator that is killed with placements in flight (HEADFRAME_TEST_SEED=${String(SEED)})`,
  function () {
    this.timeout(180_000);
    let fleet: RunningFleet;
    before(async () => {
      fleet = await RunningFleet.open({ alpha: {}, beta: {} });
    });
    after(() => fleet.close());

    /** The containers that the engine has, by instance, each of which must be one that the fleet knows. */
    async function expectExact(replicas: number): Promise<void> {
      const instances = await fleet.running('crew', replicas, 60_000);
      const wanted = instances.map(({ containerId }) => containerId).sort();
      await fleet.until('no container but theirs', async () => {
        const running = (await fleet.containers('crew')).filter(({ State }) => State.Running);
        return JSON.stringify(running.map(({ Id }) => Id).sort()) === JSON.stringify(wanted);
      });
    }

    it('has what it acknowledged, once each, and leaves nothing behind', async () => {
      const random = seededRandom(SEED);
      await fleet.apply({ name: 'steady', replicas: 2 });
      await fleet.running('steady', 2);
      const steady = (await fleet.containers('steady')).map(lifeOf);
      for (const replicas of STEPS) {
        const { revision } = await fleet.apply({ name: 'crew', replicas, stopGrace: '500ms' });
        await sleep(between(random, 0, 700));
        await fleet.coordinator.end('SIGKILL');
        await fleet.startCoordinator();
        const status = await fleet.fleet.getFleetStatus({});
        expect(status.revision >= revision).to.equal(true);
        expect((await fleet.miner('crew')).spec?.replicas).to.equal(replicas);
      }
      await expectExact(STEPS.at(-1) ?? 0);
      const serials = (await fleet.instances('crew', { ended: true })).map(({ serial }) => serial);
      expect(new Set(serials).size).to.equal(serials.length);
      expect((await fleet.containers('steady')).map(lifeOf)).to.deep.equal(steady);
      await fleet.remove('crew', 'steady');
    });
  },
);
