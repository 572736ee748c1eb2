import { AccessService, Role } from '../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { GetFleetStatusResponse } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Host } from '../../common/gen/headframe/v1/host_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Miner } from '../../common/gen/headframe/v1/miner_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, Client } from '../../common/rpc/index.js';

/** The fleet at one moment. */
export interface FleetView {
  readonly status: GetFleetStatusResponse;
  readonly hosts: readonly Host[];
  readonly miners: readonly Miner[];
  readonly instances: readonly Instance[];
}

/** What the line that headframe token create prints says, besides the address. */
export interface JoinWords {
  readonly token: string;
  readonly authority: string;
}

const TOKEN_LIFE_MS = 600_000;
// Far more than the examples have: one page holds the whole small fleet.
const PAGE_SIZE = 1000;
const CALL = { timeoutMs: 5_000 };

/** What the quickstart asks of the coordinator by its API. */
export class FleetClient {
  readonly #channel: Channel;
  readonly #fleet: Client<typeof FleetService>;
  readonly #hosts: Client<typeof HostService>;
  readonly #access: Client<typeof AccessService>;

  constructor(address: string, certificates: Certificates) {
    const security = { kind: 'mutual', source: { current: () => certificates } } as const;
    this.#channel = new Channel({ address, security, clock: systemClock });
    this.#access = createClient(AccessService, this.#channel);
    this.#fleet = createClient(FleetService, this.#channel);
    this.#hosts = createClient(HostService, this.#channel);
  }

  status(): Promise<GetFleetStatusResponse> {
    return this.#fleet.getFleetStatus({}, CALL);
  }

  /** What lets so many hosts join. */
  async joinToken(uses: number): Promise<JoinWords> {
    const asked = { role: Role.AGENT, uses, ttlMs: BigInt(TOKEN_LIFE_MS) };
    const { credential, authority } = await this.#access.createToken(asked, CALL);
    return { token: credential, authority };
  }

  async hosts(): Promise<readonly Host[]> {
    return (await this.#hosts.listHosts({ pageSize: PAGE_SIZE }, CALL)).hosts;
  }

  async miners(): Promise<readonly Miner[]> {
    return (await this.#fleet.listMiners({ pageSize: PAGE_SIZE }, CALL)).miners;
  }

  /** Everything at about the same moment. */
  async view(): Promise<FleetView> {
    const status = await this.status();
    const [hosts, miners, { instances }] = await Promise.all([
      this.hosts(),
      this.miners(),
      this.#fleet.listInstances({ pageSize: PAGE_SIZE }, CALL),
    ]);
    return { status, hosts, miners, instances };
  }

  /** Begins to delete every miner of the fleet. */
  async deleteMiners(): Promise<void> {
    const miners = await this.miners();
    await Promise.all(miners.map(({ spec }) => this.#fleet.deleteMiner({ name: spec?.name ?? '' }, CALL)));
  }

  close(): void {
    this.#channel.close();
  }
}
