import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coordinatorConfigSchema } from '../../common/config/coordinator-config.js';
import { CoordinatorService } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import type { Clock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, ChannelOptions, ChannelSecurity, Client } from '../../common/rpc/index.js';
import { ClusterRun } from '../../coordinator/cluster-run.js';
import { Leadership } from '../../coordinator/leadership/index.js';
import type { Refusal } from '../../coordinator/leadership/index.js';
import { AuthorityRecord } from '../../coordinator/security/authority/authority-record.js';
import type { Authority } from '../../coordinator/security/authority/index.js';
import type { Signer } from '../../coordinator/security/authority/issue.js';
import { Protector, findProtection, openAuthority } from '../../coordinator/security/authority/index.js';
import { newerMessage } from '../../coordinator/store/jetstream/damage.js';
import type { Store, StoredFleet } from '../../coordinator/store/store.js';
import { freePort } from './free-port.js';
import { HostCertificates, adminCertificates, securityBy } from './host-certificates.js';
import { MemoryLeaseBucket } from './memory-lease-bucket.js';
import { MemoryMachineKeys } from './memory-machine-keys.js';
import { MemoryMembers } from './memory-members.js';
import { MemoryPlace } from './memory-place.js';
import { MemoryVault } from './memory-vault.js';
import { MemoryStore } from './memory-store.js';
import { MemoryTail } from './memory-tail.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

/** One coordinator of a cluster under test. */
export interface ClusterMember {
  readonly address: string;
  readonly httpAddress: string;
  readonly run: ClusterRun;
  /** What it ended with, once it has. */
  readonly ended: Promise<Error | undefined>;
  readonly dataDir: string;
  /** Has its process stand still for so long, as its clock sees it: what it knew of its lease is that old at once. */
  standStill(ms: number): void;
  /** Tells it to end, in order. */
  stop(): Promise<void>;
}

/** Coordinators in this process over one store, bucket and authority in memory, each on ports of its own. */
export class ClusterFixture implements AsyncDisposable {
  readonly bucket = new MemoryLeaseBucket();
  readonly members: ClusterMember[] = [];
  /** By what the store of each time of leading asks whether it may write. */
  readonly refusals: Refusal[] = [];
  readonly #folder: Awaited<ReturnType<typeof makeTempDir>>;
  readonly #shared = {
    authorityPlace: new MemoryPlace(),
    contentVault: new MemoryVault(),
    machineKeys: new MemoryMachineKeys(),
    members: new MemoryMembers(),
  };
  readonly #channels: Channel[] = [];
  readonly #ttlMs: number;
  /** Form of the store, as whoever has led last writes it. */
  #format = 1;
  /** Each time of leading has the same disk. */
  store = new MemoryStore();

  /** See `open`. */
  constructor(folder: Awaited<ReturnType<typeof makeTempDir>>, ttlMs: number) {
    this.#folder = folder;
    this.#ttlMs = ttlMs;
    // Else the first of all would wait for a lease that nobody has.
    this.bucket.entry = { revision: 1, value: 'released' };
  }

  static async open(ttlMs: number): Promise<ClusterFixture> {
    const folder = await makeTempDir();
    await writeFile(join(folder.path, 'key'), randomBytes(32), { mode: 0o600 });
    return new ClusterFixture(folder, ttlMs);
  }

  /** Follows what its coordinators commit. */
  tail(): MemoryTail {
    return new MemoryTail(() => this.store.commits);
  }

  /** Starts one more, of a version that writes this form of the store and reads none above it; with a tail it knows the fleet while it follows. */
  async start(settings: Readonly<Record<string, unknown>> = {}, format = 1, tail?: MemoryTail): Promise<ClusterMember> {
    const address = `127.0.0.1:${String(await freePort())}`;
    const httpAddress = `127.0.0.1:${String(await freePort())}`;
    const dataDir = join(this.#folder.path, String(this.members.length));
    const config = coordinatorConfigSchema.parse({
      ...{ listen: address, http: { listen: httpAddress }, dataDir },
      ...{ heartbeatPeriod: '200ms', leaseLength: '1s', usageInterval: '1s' },
      security: { keyFile: join(this.#folder.path, 'key') },
      ...settings,
    });
    let stoodStillMs = 0;
    const clock: Clock = { ...systemClock, bootMs: () => systemClock.bootMs() + stoodStillMs };
    const process = { random: Math.random, newId: randomUUID, version: 'test', logger: silentLogger, clock };
    const openStore = (refusal: Refusal) => {
      this.refusals.push(refusal);
      return { store: this.#storeOf(format) };
    };
    const shared = this.#shared;
    const terms = { cluster: 'test', advertise: address };
    const me = { id: randomUUID(), address, takesForwarded: true };
    const contest = new Leadership({ ...process, bucket: this.bucket, me }, this.#ttlMs);
    const openTail = () => tail;
    const run = new ClusterRun(config, { ...process, contest, openStore, openTail, shared }, terms);
    const over = new AbortController();
    await run.open();
    const ended = run.run(over.signal);
    const member: ClusterMember = {
      ...{ address, httpAddress, run, ended, dataDir },
      standStill: (ms) => {
        stoodStillMs += ms;
      },
      stop: async () => {
        over.abort();
        await ended;
      },
    };
    this.members.push(member);
    return member;
  }

  #storeOf(format: number): Store {
    const store = this.store.reopen();
    const load = async (): Promise<StoredFleet> => {
      if (this.#format > format) throw newerMessage({ stream: 'test', sequence: 1 }, this.#format, format);
      [this.#format, this.store] = [format, store];
      return store.load();
    };
    return { load, commit: (commit, epoch) => store.commit(commit, epoch), close: () => store.close() };
  }

  /** By which this host is believed, once one has led. */
  async certificatesOf(hostId: string): Promise<Certificates> {
    const { authority, signer } = await this.authority();
    return new HostCertificates(authority, signer).of(hostId);
  }

  /** What all of them know each other by, opened once more, once one has led. */
  async authority(): Promise<{ readonly authority: Authority; readonly signer: Signer }> {
    const folder = this.#folder.path;
    const none = { credentialsFolder: undefined, passphraseFile: undefined };
    const keyFile = join(folder, 'key');
    const protector = new Protector(await findProtection({ ...none, keyFile, folder, logger: silentLogger }));
    const lives = { agentMs: 86_400_000, clientMs: 86_400_000, serverMs: 86_400_000 };
    const place = this.#shared.authorityPlace;
    const authority = await openAuthority({ place, protector, clock: systemClock, lives });
    const kept = await new AuthorityRecord(place, protector).read();
    if (kept === undefined) throw new Error('no authority yet');
    return { authority, signer: kept.signer };
  }

  /** Waits until it leads. */
  async leads(member: ClusterMember): Promise<void> {
    await waitFor('a leader', () => member.run.text.startsWith('leads'));
  }

  /** Calls a coordinator as an admin of the fleet, which one has made that has led. */
  async clientsOf(
    { address }: Pick<ClusterMember, 'address'>,
    { dataDir }: Pick<ClusterMember, 'dataDir'>,
  ): Promise<{ coordinator: Client<typeof CoordinatorService>; fleet: Client<typeof FleetService> }> {
    const channel = this.channelTo({ address }, securityBy(await adminCertificates(dataDir)));
    return { coordinator: createClient(CoordinatorService, channel), fleet: createClient(FleetService, channel) };
  }

  /** A channel that is closed with the cluster. */
  channelTo(
    { address }: Pick<ClusterMember, 'address'>,
    security: ChannelSecurity,
    onHeaders?: ChannelOptions['onHeaders'],
  ): Channel {
    const channel = new Channel({ address, security, clock: systemClock, onHeaders });
    this.#channels.push(channel);
    return channel;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const channel of this.#channels) channel.close();
    await Promise.all(this.members.map((member) => member.stop()));
    await this.#folder[Symbol.asyncDispose]();
  }
}
