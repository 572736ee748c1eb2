import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { ObedientSession } from '../../../support/obedient-session.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const READERS = 1_000;
const HOSTS = 5;
const READERS_PER_CONNECTION = 100;
const MIB = 2 ** 20;
const LINE = Buffer.alloc(4 * 1024, 'x');

describe('a thousand readers of logs that do not read', () => {
  let at: CoordinatorFixture;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  const agents: ObedientSession[] = [];
  const channels: Channel[] = [];
  let printed = 0;

  /** As fast as it is read, without an end. */
  async function* endless(_serial: number, _query: unknown, signal: AbortSignal) {
    while (!signal.aborted) {
      printed += LINE.length;
      yield { stream: 'stdout' as const, data: LINE };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  beforeEach(async () => {
    at = await openCoordinatorFixture({ heartbeatPeriod: '1s', leaseLength: '20s' });
    folder = await makeTempDir();
    for (let host = 1; host <= HOSTS; host += 1) {
      const hostId = `host-${String(host)}`;
      const options = { hostId, logs: endless, certificates: await at.certificatesOf(hostId) };
      agents.push(await ObedientSession.open(`${folder.path}/${options.hostId}`, at.coordinator.address, options));
    }
    const strategy = { kind: 'spread' as const, spreadBy: '', perHostCap: 1 };
    await at.apply({ name: 'alpha', replicas: HOSTS, strategy });
    await waitFor('one on each host', async () => (await at.fleet.getFleetStatus({})).instancesRunning === HOSTS);
  });
  afterEach(async () => {
    for (const channel of channels.splice(0)) channel.close();
    await Promise.all(agents.splice(0).map((agent) => agent.close()));
    await at.close();
    await folder[Symbol.asyncDispose]();
  });

  it('cost the coordinator and its agents a bounded part of their memory, and nobody his answer', async () => {
    const { instances } = await at.fleet.listInstances({});
    const before = process.memoryUsage().rss;
    const first: Promise<unknown>[] = [];
    for (let reader = 0; reader < READERS; reader += 1) {
      if (reader % READERS_PER_CONNECTION === 0)
        channels.push(new Channel({ address: at.coordinator.address, security: at.security, clock: systemClock }));
      const channel = channels.at(-1);
      const instance = instances[reader % HOSTS]?.id ?? '';
      if (channel === undefined) throw new Error('no channel');
      const logs = createClient(FleetService, channel).streamLogs({ instance, follow: true });
      first.push(logs[Symbol.asyncIterator]().next());
      // The agents' tunnels are awaited a thousand at a time at most.
      if (reader % 20 === 19) await Promise.all(first.splice(0));
    }
    const filled = await waitFor(
      'what flows to have come to a halt',
      async () => {
        const before1s = printed;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return printed === before1s ? printed : undefined;
      },
      90_000,
    );
    // All three programs are in this process: client, coordinator and agents.
    expect(filled).to.be.lessThan(READERS * MIB);
    expect(process.memoryUsage().rss - before).to.be.lessThan(700 * MIB);
    const asked = performance.now();
    await at.fleet.scaleMiner({ name: 'alpha', replicas: HOSTS - 1 });
    await waitFor('the last to stop', async () => (await at.fleet.getFleetStatus({})).instancesLive === HOSTS - 1);
    expect(performance.now() - asked).to.be.lessThan(8_000);
  });
}).timeout(180_000);
