import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { openDockerRuntime } from '../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../agent/runtime/docker/index.js';
import type { ObservedInstance } from '../../agent/runtime/runtime.js';
import type { LeaseSpec } from '../../common/model/lease-spec.js';
import { systemClock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Assignment } from '../../common/model/workload.js';
import { buildAssignment } from './build-assignment.js';
import type { AssignmentParts } from './build-assignment.js';
import { dockerSocket, testImage } from './docker.js';
import { freePort } from './free-port.js';
import { RuntimeFixture } from './runtime-fixture.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

const run = promisify(execFile);
const MIB = 2 ** 20;

/** Folder of the SSH server that leases are lent, which `npm test` makes. */
export const leaseSshFolder = process.env.HEADFRAME_TEST_LEASE_SSH ?? '/tmp/headframe-lease-ssh';

/** Why no leases can be tested here; undefined when they can. */
export function whyNoLeases(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'leases need root';
}

/** A lease that runs, and how it is reached. */
export interface RunningLease {
  readonly assignment: Assignment;
  readonly containerId: string;
  /** Port of its SSH server on this machine. */
  readonly port: number;
}

/** What a command in a lease came to. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A runtime that holds leases on the real engine, with folders of its own, and an `ssh` client that logs in to them. */
export class LeaseHost {
  readonly signal = AbortSignal.timeout(240_000);
  readonly hostId = `lease-host-${String(RuntimeFixture.nextSerial())}`;
  readonly docker: Docker;
  readonly runtime: DockerRuntime;
  readonly folder: string;
  readonly #temp: AsyncDisposable;
  readonly #socket: string;
  readonly #leases: number[] = [];

  constructor(
    temp: AsyncDisposable & { readonly path: string },
    { socket = dockerSocket, ...rules }: LeaseHostOptions,
  ) {
    this.#temp = temp;
    this.#socket = socket;
    this.docker = new Docker({ socketPath: socket });
    this.folder = temp.path;
    this.runtime = this.reopen(rules);
  }

  /** To be closed by who opened it. */
  static async open(options: LeaseHostOptions = {}): Promise<LeaseHost> {
    const host = new LeaseHost(await makeTempDir(), options);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', host.#path('renter')]);
    return host;
  }

  /** Another runtime over the same folders, as an agent that was started again has. */
  reopen(rules: Partial<LeaseRulesOfTests> = {}): DockerRuntime {
    return openDockerRuntime({
      hostId: this.hostId,
      address: this.#socket,
      concurrency: 4,
      allowedHostPaths: [],
      secretsFolder: this.#path('secrets'),
      leases: { folder: this.leasesFolder, rules: { ...RULES, sshServer: leaseSshFolder, ...rules } },
      logger: silentLogger,
      clock: systemClock,
    });
  }

  get leasesFolder(): string {
    return this.#path('leases');
  }

  /** An assignment of a lease whose renter this host's `ssh` is. */
  async assignment(lease: Partial<LeaseSpec> = {}, parts: AssignmentParts = {}): Promise<Assignment> {
    const serial = RuntimeFixture.nextSerial();
    const name = `lease-${String(serial)}`;
    const key = (await readFile(this.#path('renter.pub'), 'utf8')).trim();
    const port = await freePort();
    return buildAssignment({
      serial,
      hostPorts: [port],
      ...parts,
      workload: {
        miner: name,
        kind: 'lease',
        stopGraceMs: 2000,
        lease: {
          lease: name,
          owner: 'renter',
          authorizedKeys: [key],
          userCa: '',
          probeKey: '',
          passwordHash: '',
          runtime: '',
          egress: 'internet',
          bandwidthBytes: 0,
          ioBytes: 0,
          ...lease,
        },
        ...parts.workload,
      },
      container: {
        image: testImage,
        network: 'bridge',
        ports: [{ name: 'ssh', containerPort: 22, protocol: 'tcp', hostPort: 0 }],
        secrets: [{ name: `${name}-host-key`, path: '/run/headframe/ssh/host_key', mode: 0o400, onRotate: 'none' }],
        ...parts.container,
      },
      resources: { cpuMillis: 500, memoryBytes: 128 * MIB, diskBytes: 128 * MIB, pids: 128, ...parts.resources },
    });
  }

  /** Makes and starts a lease, and waits until it takes logins. */
  async started(lease: Partial<LeaseSpec> = {}, parts: AssignmentParts = {}): Promise<RunningLease> {
    const assignment = await this.assignment(lease, parts);
    const running = await this.start(assignment);
    await waitFor('the lease to take logins', async () => (await this.ssh(running, 'true')).code === 0, 20_000);
    return running;
  }

  /** Makes and starts a lease. */
  async start(assignment: Assignment): Promise<RunningLease> {
    const { serial } = assignment;
    this.#leases.push(serial);
    const key = join(this.#path('secrets'), String(serial), '0', 'host_key');
    await mkdir(dirname(key), { recursive: true });
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await chmod(key, 0o400);
    const containerId = await this.runtime.create(assignment, this.signal);
    await this.runtime.start(serial, this.signal);
    return { assignment, containerId, port: assignment.hostPorts[0] ?? 0 };
  }

  /** Runs a command by the real client, with the renter's key or another. */
  async ssh({ port }: RunningLease, command: string, how: { readonly identity?: string } = {}): Promise<Said> {
    const known = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
    const identity = ['-o', 'IdentitiesOnly=yes', '-i', how.identity ?? this.#path('renter')];
    const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', ...identity, '-p', String(port)];
    return run('ssh', [...known, ...options, 'root@127.0.0.1', command], { timeout: 90_000 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => failedOf(error),
    );
  }

  /** The same, tried until the server lets it in. */
  async patiently(lease: RunningLease, command: string, how: { readonly identity?: string } = {}): Promise<Said> {
    return waitFor('the lease to let it in', async () => {
      const said = await this.ssh(lease, command, how);
      return said.code === 0 && said;
    });
  }

  /** Writes a file in a lease by the renter's login. */
  async write(lease: RunningLease, path: string, text: string): Promise<void> {
    const encoded = Buffer.from(text).toString('base64');
    const said = await this.ssh(lease, `echo ${encoded} | base64 -d > ${path}`);
    if (said.code !== 0) throw new Error(said.stderr);
  }

  /** Where the file system of a lease is mounted now; '' where it is not. */
  mountOf(serial: number): string {
    const image = join(this.leasesFolder, String(serial), 'disk.img');
    const loop = readdirSync('/sys/block').find((name) => {
      const file = `/sys/block/${name}/loop/backing_file`;
      return existsSync(file) && readFileSync(file, 'utf8').trim() === image;
    });
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    return mounts.find((line) => line.startsWith(`/dev/${loop ?? '?'} `))?.split(' ')[1] ?? '';
  }

  /** An instance as the runtime sees it now. */
  async observed(serial: number): Promise<ObservedInstance> {
    const found = await this.runtime.inspect(serial, this.signal);
    if (found === undefined) throw new Error(`instance ${String(serial)} is not there`);
    return found;
  }

  /** Ends one as the reconciler does. */
  async end({ assignment: { serial } }: Pick<RunningLease, 'assignment'>): Promise<void> {
    await this.runtime.stop(serial, 500, this.signal);
    await this.runtime.remove(serial, this.signal);
  }

  async close(): Promise<void> {
    for (const serial of this.#leases) {
      await this.runtime.stop(serial, 0, this.signal);
      await this.runtime.remove(serial, this.signal);
    }
    await this.runtime.keepLeases(() => new Set(), this.signal);
    await this.runtime.close();
    await this.#temp[Symbol.asyncDispose]();
  }

  #path(name: string): string {
    return join(this.folder, name);
  }
}

/** Settings of leases, and the engine that holds them; by default the machine's usual one. */
type LeaseHostOptions = Partial<LeaseRulesOfTests> & { readonly socket?: string };

/** How a test's host holds leases. */
type LeaseRulesOfTests = typeof RULES & { readonly sshServer: string };

const RULES = {
  subnets: '10.213.0.0/16',
  dns: [] as readonly string[],
  allow: [] as readonly string[],
  bandwidth: 64 * MIB,
  io: 256 * MIB,
};

function failedOf(error: unknown): Said {
  // What `execFile` rejects with, by its documentation.
  const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
  return { code: code ?? -1, stdout: stdout ?? '', stderr: stderr ?? '' };
}
