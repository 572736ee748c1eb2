import { randomUUID } from 'node:crypto';
import { coordinatorConfigSchema } from '../../common/config/coordinator-config.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { MinerSpec as WireSpec } from '../../common/gen/headframe/v1/miner_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import type { MinerSpec } from '../../common/model/miner.js';
import { silentLogger } from '../../common/observe/logger.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, ChannelSecurity, Client } from '../../common/rpc/index.js';
import { minerSpecToWire } from '../../common/wire/client.js';
import { openCoordinator } from '../../coordinator/coordinator.js';
import type { Coordinator } from '../../coordinator/coordinator.js';
import type { Store } from '../../coordinator/store/store.js';
import { FakeAgent } from './fake-agent.js';
import type { FakeAgentOptions } from './fake-agent.js';
import { sampleSpec } from './fleet-samples.js';
import { HostCertificates, adminCertificates, securityBy } from './host-certificates.js';
import { MemoryStore } from './memory-store.js';
import { makeTempDir } from './temp-dir.js';

/** A whole coordinator on a real socket, over a store in memory, with its clients and fake agents. */
export interface CoordinatorFixture {
  readonly coordinator: Coordinator;
  readonly store: MemoryStore;
  readonly fleet: Client<typeof FleetService>;
  readonly hosts: Client<typeof HostService>;
  readonly channel: Channel;
  /** Folder of its files. */
  readonly folder: string;
  /** Connects a fake agent that is closed with the fixture. */
  connect(hostId: string, options?: FakeAgentOptions): Promise<FakeAgent>;
  /** By which a host is believed. */
  certificatesOf(hostId: string): Promise<Certificates>;
  /** By which the test itself calls. */
  readonly security: ChannelSecurity;
  /** Applies miners by what of their specs matters. */
  apply(...specs: Partial<MinerSpec>[]): Promise<bigint>;
  close(): Promise<void>;
}

/** Starts a coordinator on a free port of 127.0.0.1, by default over an empty store in memory; `realStore` goes before it. */
export async function openCoordinatorFixture(
  settings: Readonly<Record<string, unknown>> = {},
  store = new MemoryStore(),
  realStore?: Store,
): Promise<CoordinatorFixture> {
  const folder = await makeTempDir();
  const timing = { heartbeatPeriod: '200ms', leaseLength: '1s', usageInterval: '1s' };
  const config = coordinatorConfigSchema.parse({
    listen: '127.0.0.1:0',
    dataDir: folder.path,
    ...timing,
    ...settings,
  });
  const parts = {
    store: realStore ?? store,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    version: 'test',
  };
  const coordinator = await openCoordinator(config, { ...parts, logger: silentLogger });
  const { address } = coordinator;
  const security = securityBy(await adminCertificates(config.dataDir));
  const certificates = await HostCertificates.open(config.dataDir);
  const channel = new Channel({ address, security, clock: systemClock });
  const fleet = createClient(FleetService, channel);
  const agents: FakeAgent[] = [];
  return {
    ...{ coordinator, store, channel, security, folder: folder.path, fleet },
    certificatesOf: (hostId) => certificates.of(hostId),
    hosts: createClient(HostService, channel),
    connect: async (hostId, options) => {
      const proven = { certificates: await certificates.of(hostId), ...options };
      const agent = await FakeAgent.connect(address, hostId, proven);
      agents.push(agent);
      return agent;
    },
    apply: async (...specs) => (await fleet.applyMiners({ miners: specs.map(wireSpec) })).revision,
    close: async () => {
      channel.close();
      await Promise.all(agents.map((agent) => agent.close()));
      await coordinator.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A small miner's spec on the wire. */
export function wireSpec(spec: Partial<MinerSpec> = {}): WireSpec {
  const resources = { cpuMillis: 100, memoryBytes: 64 * 2 ** 20, diskBytes: 2 ** 20, gpus: 0, pids: 0 };
  return minerSpecToWire(sampleSpec({ resources, ...spec }));
}
