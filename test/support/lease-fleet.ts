import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Lease, LeaseState } from '../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import type { CreateLeaseRequestSchema } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import { LEASE_STATE } from '../../common/wire/lease.js';
import { testImage } from './docker.js';
import { leaseSshFolder } from './lease-host.js';
import { leaseRemains } from './lease-remains.js';
import type { ProgramPlace } from './program.js';
import { RunningFleet } from './running-fleet.js';
import { makeTempDir } from './temp-dir.js';

const run = promisify(execFile);
const MIB = 2n ** 20n;
const HOUR = 3_600_000n;
/** The one host. */
const HOST = 'alpha';
const ROOM = { cpuMillis: 250, memoryBytes: 128n * MIB, diskBytes: 128n * MIB, pids: 128 };

/** A fleet of one host, alpha, that holds leases, with a renter's key and what tests ask of both. */
export class LeaseFleet {
  readonly fleet: RunningFleet;
  readonly leases: Client<typeof LeaseService>;
  readonly channel: Channel;
  readonly folder: string;
  readonly #memory: string;
  readonly #temp: AsyncDisposable;
  readonly #ports = new Set<number>();

  constructor(
    fleet: RunningFleet,
    { temp, memory }: { readonly temp: AsyncDisposable & { readonly path: string }; readonly memory: string },
  ) {
    this.fleet = fleet;
    this.#temp = temp;
    this.#memory = memory;
    this.folder = temp.path;
    this.channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    this.leases = createClient(LeaseService, this.channel);
  }

  /** With further flags of the coordinator, and where both programs run. To be closed by who opened it. */
  static async open(coordinator: readonly string[] = [], place: ProgramPlace = {}): Promise<LeaseFleet> {
    const temp = await makeTempDir();
    const memory = await mkdtemp('/dev/shm/headframe-test-');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(temp.path, 'renter')]);
    const lends = ['--leases-enabled', 'true', '--leases-ssh-server', leaseSshFolder];
    const flags = [...lends, '--secrets-folder', join(memory, 'secrets')];
    const options = { coordinator, coordinatorPlace: place };
    return new LeaseFleet(await RunningFleet.open({ [HOST]: { flags, place } }, options), { temp, memory });
  }

  /** The public key of the renter. */
  async publicKey(): Promise<string> {
    return (await readFile(join(this.folder, 'renter.pub'), 'utf8')).trim();
  }

  /** Asks for a small lease of the test image for an hour, unless told otherwise. */
  async ask(id: string, patch: MessageInitShape<typeof CreateLeaseRequestSchema> = {}): Promise<void> {
    const authorizedKeys = [await this.publicKey()];
    const wish = { id, image: testImage, resources: ROOM, authorizedKeys, termMs: HOUR };
    await this.leases.createLease(Object.assign(wish, patch));
  }

  /** The lease once it is in a state; how it stood last is told where it never came there. */
  async until(id: string, state: LeaseState, timeoutMs?: number): Promise<Lease> {
    let last: Lease | undefined;
    const look = async (): Promise<Lease | false> => {
      last = (await this.leases.getLease({ id })).lease;
      for (const { hostPort } of last?.ports ?? []) if (hostPort !== 0) this.#ports.add(hostPort);
      return last?.state === state && last;
    };
    return this.fleet.until(`lease ${id} to be ${nameOf(state)}`, look, timeoutMs).catch((cause: unknown) => {
      const stood = last === undefined ? 'unknown' : `${nameOf(last.state)}, ${last.why?.text ?? ''}`;
      throw new Error(`${id} is ${stood}; probe: ${last?.probe?.text ?? 'none'}`, { cause });
    });
  }

  /** Runs a command in a lease by the real client as its renter, who knows the server by its key alone. */
  async ssh({ id, hostKey, ports }: Lease, command: string): Promise<string> {
    const known = join(this.folder, `known-${id}`);
    await writeFile(known, `${id} ${hostKey}\n`);
    const trust = ['-o', `UserKnownHostsFile=${known}`, '-o', `HostKeyAlias=${id}`, '-o', 'StrictHostKeyChecking=yes'];
    const options = [...trust, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-i', join(this.folder, 'renter')];
    const port = String(ports[0]?.hostPort ?? 0);
    const { stdout } = await run('ssh', [...options, '-p', port, 'root@127.0.0.1', command], { timeout: 30_000 });
    return stdout.trim();
  }

  /** Kills both programs at once. */
  async kill(): Promise<void> {
    await Promise.all([this.fleet.agent(HOST).end('SIGKILL'), this.fleet.coordinator.end('SIGKILL')]);
  }

  /** Starts both again over what they have on disk. */
  async startAgain(): Promise<void> {
    await this.fleet.startCoordinator();
    await this.fleet.startAgent(HOST);
    await this.fleet.hostsReady(1);
  }

  /** Waits until engine, kernel and agent have nothing of any lease. */
  async nothingLeft(timeoutMs = 30_000): Promise<void> {
    const places = {
      ...{ docker: this.fleet.engine.docker, hostId: this.fleet.hostId(HOST), ports: this.#ports },
      ...{ agentFolder: this.fleet.agentFolder(HOST), secretsFolder: join(this.#memory, 'secrets') },
    };
    let left: string[] = [];
    const look = async (): Promise<boolean> => {
      left = await leaseRemains(places);
      return left.length === 0;
    };
    await this.fleet.until('nothing of leases to be left', look, timeoutMs).catch((cause: unknown) => {
      throw new Error(`left: ${left.join('\n')}`, { cause });
    });
  }

  /** Ends everything, also what a test that failed has left of its leases. */
  async close(): Promise<void> {
    try {
      await this.#releaseAll();
    } finally {
      this.channel.close();
      await this.fleet.close();
      await rm(this.#memory, { recursive: true, force: true });
      await this.#temp[Symbol.asyncDispose]();
    }
  }

  async #releaseAll(): Promise<void> {
    const { agent, coordinator } = { agent: this.fleet.agent(HOST), coordinator: this.fleet.coordinator };
    agent.signal('SIGCONT');
    if (!coordinator.running) await this.fleet.startCoordinator();
    if (!agent.running) await this.fleet.startAgent(HOST);
    const { leases } = await this.leases.listLeases({});
    for (const { id } of leases) await this.leases.releaseLease({ id });
    await this.nothingLeft();
  }
}

function nameOf(state: LeaseState): string {
  return LEASE_STATE.find(state) ?? String(state);
}
