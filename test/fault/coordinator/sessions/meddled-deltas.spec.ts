import { expect } from 'chai';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { securityBy } from '../../../support/host-certificates.js';
import { MeddlingRelay } from '../../../support/meddling-relay.js';
import type { Meddling } from '../../../support/meddling-relay.js';
import { ObedientSession } from '../../../support/obedient-session.js';
import { seededRandom } from '../../../support/seeded-random.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const KINDS: readonly Meddling[] = ['pass', 'lose', 'repeat', 'delay'];

describe('deltas that are lost, repeated and overtaken', () => {
  let at: CoordinatorFixture;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let relay: MeddlingRelay;
  let agent: ObedientSession;
  let calm = false;

  beforeEach(async () => {
    at = await openCoordinatorFixture();
    folder = await makeTempDir();
    const random = seededRandom(7);
    const next = (): Meddling => (calm ? 'pass' : (KINDS[Math.floor(random() * KINDS.length)] ?? 'pass'));
    relay = new MeddlingRelay(at.coordinator.address, securityBy(await at.certificatesOf('host-1')), next);
    agent = await ObedientSession.open(folder.path, await relay.listen(), { hostId: 'host-1' });
  });
  afterEach(async () => {
    await agent.close();
    await relay.close();
    await at.close();
    await folder[Symbol.asyncDispose]();
  });

  const serialsThere = async (): Promise<number[]> => {
    const { instances } = await at.fleet.listInstances({ pageSize: 1000 });
    return instances.map(({ serial }) => Number(serial)).toSorted((a, b) => a - b);
  };

  it('cost an agent time and nothing else: it asks for all of it and starts nothing twice', async () => {
    await at.apply({ name: 'alpha', replicas: 1 });
    for (let round = 0; round < 60; round += 1) {
      await at.fleet.scaleMiner({ name: 'alpha', replicas: 2 + ((round * 5) % 17) });
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    for (const kind of KINDS) expect(relay.done.get(kind), kind).to.be.greaterThan(0);
    calm = true;
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 12 });
    await waitFor('the agent to hold what the fleet says', async () => {
      const there = await serialsThere();
      return there.length === 12 && there.join() === agent.running.join();
    });
    expect(new Set(agent.started).size).to.equal(agent.started.length);
  }).timeout(30_000);
});
