import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinFleet } from '../../../agent/identity/index.js';
import { AccessService, Role } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { CoordinatorRole } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { createClient } from '../../../common/rpc/index.js';
import { Closers } from '../../../coordinator/closers.js';
import { HistoryRecorder } from '../../support/cluster-history/recorder.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { adminCertificates, securityBy } from '../../support/host-certificates.js';
import { NatsCluster } from '../../support/nats-cluster.js';
import { NetworkSwitch } from '../../support/network-switch.js';
import type { SwitchedMachine } from '../../support/network-switch.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';
import { HostGroup } from './host-group.js';
import { Member } from './member.js';
import { SmallDisk } from './small-disk.js';

/** Of the lease of leadership, in milliseconds. */
export const TTL_MS = 2_000;
/** Of a host. */
export const LEASE_MS = 12_000;
const IDENTITIES = 4;
const READY_MS = 60_000;
/** Most that a cluster whose servers work takes until somebody leads, with time to spare. */
const FAILOVER_MS = 15_000;
const GROUPS = [
  ['h1', 'h2'],
  ['h3', 'h4'],
];

type IslandsParts = Pick<Islands, 'nats' | 'servers' | 'disks' | 'members' | 'folder'>;

/** Three NATS servers, three coordinators and two groups of hosts, each on a machine of its own on one switch. */
export class Islands implements AsyncDisposable {
  #recorder = new HistoryRecorder();
  readonly nats: NatsCluster;
  /** Machines of the NATS servers. */
  readonly servers: readonly [SwitchedMachine, ...SwitchedMachine[]];
  readonly disks: readonly SmallDisk[];
  readonly members: readonly [Member, ...Member[]];
  readonly groups: HostGroup[] = [];
  readonly folder: string;
  readonly #network: NetworkSwitch;
  readonly #closers: Closers;

  constructor(parts: IslandsParts, network: NetworkSwitch, closers: Closers) {
    ({ nats: this.nats, servers: this.servers, disks: this.disks } = parts);
    ({ members: this.members, folder: this.folder } = parts);
    this.#network = network;
    this.#closers = closers;
  }

  /** With `hosts`, and miners that run on them, or without. */
  static async open({ hosts }: { readonly hosts: boolean } = { hosts: true }): Promise<Islands> {
    const closers = new Closers();
    try {
      const islands = await Islands.#open(closers);
      await islands.#admit();
      if (hosts) await islands.#fill();
      return islands;
    } catch (error) {
      await closers.close();
      throw error;
    }
  }

  static async #open(closers: Closers): Promise<Islands> {
    const own = <T extends AsyncDisposable>(made: T): T => {
      closers.add(async () => made[Symbol.asyncDispose]());
      return made;
    };
    const { path: folder } = own(await makeTempDir());
    const network = await NetworkSwitch.open(process.pid % 256);
    closers.add(() => network.close());
    const servers = [await network.plug(), await network.plug(), await network.plug()] as const;
    const disks: SmallDisk[] = [];
    for (const at of servers.keys()) disks.push(own(await SmallDisk.mount(join(folder, `disk${String(at)}`))));
    const nats = own(await NatsCluster.start({ machines: servers, storeFolders: disks.map(({ path }) => path) }));
    await writeFile(join(folder, 'key'), randomBytes(32), { mode: 0o600 });
    const start = async (name: string): Promise<Member> =>
      own(new Member(name, await network.plug(), folder, argsOf(nats, folder)));
    const members: Islands['members'] = [await start('c1'), await start('c2'), await start('c3')];
    return new Islands({ nats, servers, disks, members, folder }, network, closers);
  }

  /** A history that begins now, with what runs. */
  beginHistory(): HistoryRecorder {
    const before = this.#recorder.events;
    const ended = new Set(before.flatMap((event) => (event.kind === 'ended' ? [event.container] : [])));
    this.#recorder = new HistoryRecorder();
    for (const event of before) if (event.kind === 'began' && !ended.has(event.container)) this.#recorder.note(event);
    return this.#recorder;
  }

  /** Who says that it leads. */
  leader(): Promise<Member> {
    return waitFor('a leader', async () => {
      const roles = await Promise.all(this.members.map((member) => roleOf(member)));
      return this.members.find((_, at) => roles[at] === CoordinatorRole.LEADER);
    });
  }

  /** Waits until another than this one leads, or for as long as that may take where nobody can. */
  async anotherLeads(former: Member): Promise<void> {
    const others = this.members.filter((member) => member !== former);
    const leads = async (): Promise<boolean> =>
      (await Promise.all(others.map((member) => roleOf(member)))).includes(CoordinatorRole.LEADER);
    await waitFor('another leader', leads, FAILOVER_MS).catch(() => undefined);
  }

  /** Resolves, from now on, with the next one that takes the lease of leadership, before it can answer as leader. */
  async nextTerm(): Promise<() => Promise<Member>> {
    const before = await Promise.all(this.members.map((member) => member.terms()));
    return () =>
      waitFor('a next term', async () => {
        const now = await Promise.all(this.members.map((member) => member.terms()));
        return this.members.find((_, at) => (now[at] ?? 0) > (before[at] ?? 0));
      });
  }

  /** The group that runs the most instances with an identity. */
  busiest(): HostGroup {
    const ended = new Set(this.#recorder.events.flatMap((event) => (event.kind === 'ended' ? [event.container] : [])));
    const running = this.#recorder.events.filter(
      (event) => event.kind === 'began' && event.identity !== '' && !ended.has(event.container),
    );
    const count = ({ hosts }: HostGroup): number =>
      running.filter((event) => event.kind === 'began' && hosts.includes(event.host)).length;
    const [first] = [...this.groups].sort((a, b) => count(b) - count(a));
    if (first === undefined) throw new Error('no hosts');
    return first;
  }

  /** Waits until all hosts are there and every miner runs as it should. */
  async calm(): Promise<void> {
    const { fleet } = (await this.leader()).calls;
    let seen = '';
    const isCalm = async (): Promise<boolean> => {
      const { miners } = await fleet.listMiners({ labels: { role: 'work' } }, { timeoutMs: 2_000 });
      const status = await fleet.getFleetStatus({}, { timeoutMs: 2_000 });
      const running = miners.map(({ spec, counts }) => `${spec?.name ?? ''} ${String(counts?.running)}`);
      seen = `${String(status.hostsReady)} hosts; ${running.join(', ')}`;
      const isRunning = miners.every(({ spec, counts }) => counts?.running === spec?.replicas);
      return miners.length > IDENTITIES && isRunning && status.hostsReady === GROUPS.flat().length;
    };
    try {
      await waitFor('the fleet to be as it should', isCalm, READY_MS);
    } catch (cause) {
      throw new Error(`the fleet has not come to rest: ${seen}`, { cause });
    }
  }

  /** One more machine on their switch. */
  plug(): Promise<SwitchedMachine> {
    return this.#network.plug();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closers.close();
  }

  async #fill(): Promise<void> {
    for (const hosts of GROUPS) await this.#startHosts(await this.#network.plug(), hosts);
    await this.#populate();
  }

  /** Has all be called by the admin that the first leader made. */
  async #admit(): Promise<void> {
    const certificates = await waitFor('an admin', () =>
      Promise.any(this.members.map(({ dataDir }) => adminCertificates(dataDir))).catch(() => undefined),
    );
    for (const member of this.members) member.open(securityBy(certificates));
  }

  async #startHosts(machine: HostGroup['machine'], hosts: readonly string[]): Promise<void> {
    const leader = await this.leader();
    const access = createClient(AccessService, leader.calls.channel);
    const asked = { role: Role.AGENT, uses: hosts.length, ttlMs: 3_600_000n };
    const { credential: token, authority } = await access.createToken(asked);
    const coordinators = this.members.map(({ address }) => address).join();
    for (const host of hosts) {
      const dataDir = join(this.folder, host);
      await mkdir(dataDir, { recursive: true });
      const request = { token, authority, coordinator: coordinators, again: false };
      await joinFleet(request, { dataDir, hostId: host, clock: systemClock });
    }
    const note: HistoryRecorder['note'] = (event) => {
      this.#recorder.note(event);
    };
    const group = new HostGroup({ machine, hosts, folder: this.folder, coordinators, note });
    this.#closers.add(() => group[Symbol.asyncDispose]());
    this.groups.push(group);
  }

  /** Miners that hold an identity each, and one whose instances run wherever. */
  async #populate(): Promise<void> {
    const { fleet } = (await this.leader()).calls;
    const labels = { role: 'work' };
    const keys = Array.from({ length: IDENTITIES }, (_, at) => `key-${String(at)}`);
    const held = keys.map((identity) =>
      wireSpec({ name: identity, identity, onDisconnect: 'stop', stopGraceMs: 1_000, labels }),
    );
    await fleet.applyMiners({ miners: [...held, wireSpec({ name: 'plain', replicas: 6, labels })] });
    await this.calm();
  }
}

async function roleOf({ calls }: Member): Promise<CoordinatorRole | undefined> {
  const asked = calls.coordinator.getCoordinator({}, { timeoutMs: 1_000 });
  return (await asked.catch(() => undefined))?.role;
}

function argsOf(nats: NatsCluster, folder: string): readonly string[] {
  return [
    ...['--security-key-file', join(folder, 'key'), '--store-kind', 'jetstream'],
    ...['--store-jetstream-servers', nats.url, '--store-jetstream-monitor-urls', nats.monitorUrls.join()],
    ...['--store-jetstream-leadership-ttl', `${String(TTL_MS)}ms`, '--store-jetstream-commit-timeout', '5s'],
    ...['--heartbeat-period', '500ms', '--lease-length', `${String(LEASE_MS)}ms`, '--mass-loss-share', '1'],
  ];
}
