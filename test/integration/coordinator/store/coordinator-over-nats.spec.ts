import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN_FOLDER } from '../../../../common/config/index.js';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { openCoordinator } from '../../../../coordinator/coordinator.js';
import { openStore } from '../../../../coordinator/store/index.js';
import { wireSpec } from '../../../support/coordinator-fixture.js';
import { FakeAgent } from '../../../support/fake-agent.js';
import { HostCertificates, adminCertificates, securityBy } from '../../../support/host-certificates.js';
import { NatsCluster, describeWithNatsCluster } from '../../../support/nats-cluster.js';
import { describeWithNats, natsUrl } from '../../../support/nats.js';
import { refusalOf } from '../../../support/refusal-of.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

/** What a test does with a coordinator that runs. */
interface Place {
  readonly fleet: Client<typeof FleetService>;
  readonly address: string;
}

const configOf = (dataDir: string, servers: string, jetstream: object = {}) =>
  coordinatorConfigSchema.parse({
    ...{ listen: '127.0.0.1:0', dataDir, heartbeatPeriod: '200ms', leaseLength: '1s' },
    store: { kind: 'jetstream', jetstream: { servers, ...jetstream } },
  });

/** Runs a coordinator over NATS for as long as `use` takes. */
async function withCoordinator(
  config: ReturnType<typeof configOf>,
  use: (place: Place) => Promise<void>,
): Promise<void> {
  const parts = { clock: systemClock, random: Math.random, newId: randomUUID, version: 'test', logger: silentLogger };
  const coordinator = await openCoordinator(config, { ...parts, ...openStore(config, silentLogger) });
  const security = securityBy(await adminCertificates(config.dataDir));
  const channel = new Channel({ address: coordinator.address, security, clock: systemClock });
  try {
    await use({ fleet: createClient(FleetService, channel), address: coordinator.address });
  } finally {
    channel.close();
    await coordinator.stop();
  }
}

describeWithNatsCluster('A coordinator whose store is in NATS', () => {
  let nats: NatsCluster;

  before(async () => {
    nats = await NatsCluster.start();
  });
  after(() => nats[Symbol.asyncDispose]());

  it('goes on in a new folder with its keys alone, the fleet and what hosts hold all there', async () => {
    await using first = await makeTempDir();
    await using second = await makeTempDir();
    const jetstream = { monitorUrls: nats.monitorUrls };
    let [serials, applied]: [number[], bigint] = [[], 0n];
    const connect = async (dataDir: string, address: string): Promise<FakeAgent> => {
      const certificates = await (await HostCertificates.open(dataDir)).of('host-1');
      return FakeAgent.connect(address, 'host-1', { certificates });
    };
    await withCoordinator(configOf(first.path, nats.url, jetstream), async ({ fleet, address }) => {
      const agent = await connect(first.path, address);
      applied = (await fleet.applyMiners({ miners: [wireSpec({ name: 'lantern', replicas: 3 })] })).revision;
      await waitFor('them to run', async () => (await fleet.getFleetStatus({})).instancesRunning === 3);
      expect((await fleet.getFleetStatus({})).alarms).to.deep.equal([]);
      serials = [...agent.held.keys()].sort();
      await agent.close();
    });
    for (const folder of ['authority', ADMIN_FOLDER])
      await cp(join(first.path, folder), join(second.path, folder), { recursive: true });
    await withCoordinator(configOf(second.path, nats.url, jetstream), async ({ fleet, address }) => {
      const agent = await connect(second.path, address);
      await waitFor('them to be held', () => agent.held.size === 3);
      expect([...agent.held.keys()].sort()).to.deep.equal(serials);
      expect(Number((await fleet.getFleetStatus({})).revision)).to.be.above(Number(applied));
      await agent.close();
    });
  });

  it('does not start over servers of which it is not known that they write first, unless that is accepted: then status tells', async () => {
    await using folder = await makeTempDir();
    const strict = configOf(folder.path, nats.url, { cluster: 'unknown' });
    expect((await refusalOf(withCoordinator(strict, async () => undefined))).reason).to.equal('nats_sync_unknown');
    const lenient = configOf(folder.path, nats.url, { cluster: 'unknown', acceptDurability: 'async' });
    await withCoordinator(lenient, async ({ fleet }) => {
      const { alarms } = await fleet.getFleetStatus({});
      expect(alarms.map(({ reason }) => reason)).to.deep.equal(['store_may_lose']);
    });
  });

  it('does not start over a server that acknowledges first', async () => {
    await using folder = await makeTempDir();
    await using lazy = await NatsCluster.start({ servers: 1, sync: '2m' });
    const config = configOf(folder.path, lazy.url, { replicas: 1, monitorUrls: lazy.monitorUrls });
    expect((await refusalOf(openStore(config, silentLogger).store.load())).reason).to.equal('nats_sync');
  });

  it('does not start in a folder that holds a fleet, nor twice in one', async () => {
    await using folder = await makeTempDir();
    const config = configOf(folder.path, nats.url, { cluster: 'folder', monitorUrls: nats.monitorUrls });
    const { store } = openStore(config, silentLogger);
    await store.load();
    expect((await refusalOf(openStore(config, silentLogger).store.load())).reason).to.equal('store_locked');
    await store.close();
    await writeFile(join(folder.path, 'journal-00000001-0000000000000000.hfj'), '');
    expect((await refusalOf(openStore(config, silentLogger).store.load())).reason).to.equal('store_elsewhere');
  });

  it('sees a server that goes away, and that comes back writing late', async () => {
    await using folder = await makeTempDir();
    const { store, servers } = openStore(
      configOf(folder.path, nats.url, { cluster: 'watched', monitorUrls: nats.monitorUrls }),
      silentLogger,
    );
    if (servers === undefined) throw new Error('nobody watches the servers');
    const reasons = async (): Promise<string[]> => {
      await servers.look();
      return servers.findings.map(({ reason, about }) => `${reason} ${about}`);
    };
    await store.load();
    try {
      expect(await reasons()).to.deep.equal([]);
      expect([...servers.rooms.keys()]).to.have.members(['n1', 'n2', 'n3']);
      await nats.kill(2);
      await waitFor('it to be missed', async () => (await reasons()).includes('store_server_away n3'));
      expect(servers.states.get('n3')).to.equal('away');
      await nats.reconfigure(2, 'sync_interval: always', 'sync_interval: 60s');
      nats.restart(2);
      await nats.ready();
      expect(await reasons()).to.include('store_may_lose ');
      expect([servers.mayLose?.includes('n3'), servers.syncMs]).to.deep.equal([true, 240_000]);
    } finally {
      await store.close();
    }
  });
});

describeWithNats('A coordinator whose store is to be in the NATS server of its metrics', () => {
  it('says at once when that has no JetStream', async () => {
    await using folder = await makeTempDir();
    const { store } = openStore(configOf(folder.path, natsUrl), silentLogger);
    expect((await refusalOf(store.load())).reason).to.be.oneOf(['nats_no_jetstream', 'nats_version']);
  });
});
