import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithDocker } from '../../support/docker.js';
import { EngineWatch } from '../../support/engine-watch.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { between, seededRandom } from '../../support/seeded-random.js';

const SEED = Number(process.env.HEADFRAME_TEST_SEED ?? Date.now() % 1_000_000);
const REPLICAS = 8;
const KILLS = 8;

describeWithDocker(
  `an agent that is killed while it starts containers (HEADFRAME_TEST_SEED=${String(SEED)})`,
  function () {
    this.timeout(180_000);
    let fleet: RunningFleet;
    before(async () => {
      fleet = await RunningFleet.open({ alpha: {} });
    });
    after(() => fleet.close());

    /** How often the engine did this to containers of a miner. */
    async function count(action: string, miner: string, sinceMs: number): Promise<number> {
      return (await fleet.engineEvents(sinceMs, miner)).filter((event) => event.action === action).length;
    }

    /** Kills the agent the moment the engine tells of this, whatever the agent knows of it by then. */
    async function killAt(action: 'create' | 'start', miner: string): Promise<void> {
      const happened = new EngineWatch(fleet.engine.docker, { action, miner });
      try {
        await fleet.apply({ name: miner });
        await happened.first();
        await fleet.agent('alpha').end('SIGKILL');
      } finally {
        happened.close();
      }
    }

    for (const [what, action] of [
      ['between create and start', 'create'],
      ['between start and writing it down', 'start'],
    ] as const)
      it(`has made exactly one container when it died ${what}`, async () => {
        const sinceMs = Date.now();
        const miner = `once-${action}`;
        await killAt(action, miner);
        await fleet.startAgent('alpha');
        await fleet.running(miner, 1);
        expect(await fleet.containers(miner)).to.have.length(1);
        expect([await count('create', miner, sinceMs), await count('start', miner, sinceMs)]).to.deep.equal([1, 1]);
        expect((await fleet.instance(miner)).restarts).to.equal(0);
        await fleet.remove(miner);
      });

    it('has made each container once and started it once, after any number of deaths', async () => {
      const random = seededRandom(SEED);
      const sinceMs = Date.now();
      await fleet.apply({ name: 'many', replicas: REPLICAS });
      for (let kills = 0; kills < KILLS; kills += 1) {
        await sleep(between(random, 100, 1_500));
        await fleet.agent('alpha').end('SIGKILL');
        await sleep(between(random, 0, 200));
        await fleet.startAgent('alpha');
      }
      const instances = await fleet.running('many', REPLICAS, 60_000);
      const containers = await fleet.containers('many');
      expect(containers.map(({ Id }) => Id).sort()).to.deep.equal(
        instances.map(({ containerId }) => containerId).sort(),
      );
      expect(await count('create', 'many', sinceMs)).to.equal(REPLICAS);
      expect(await count('start', 'many', sinceMs)).to.equal(REPLICAS);
      await fleet.remove('many');
    });
  },
);
