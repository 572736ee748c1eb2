import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { expect } from 'chai';
import { leaseNames } from '../../agent/kinds/lease/index.js';
import { AccessService, Role, TokenKind } from '../../common/gen/headframe/v1/access_service_pb.js';
import { LeaseState } from '../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import { describeWith } from '../support/describe-with.js';
import { dockerSocket, testImage } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { adminCertificates } from '../support/host-certificates.js';
import { httpClient } from '../support/http-client.js';
import { leaseSshFolder, whyNoLeases } from '../support/lease-host.js';
import type { TestAgentOptions } from '../support/programs.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const run = promisify(execFile);
const MIB = 2n ** 20n;
const ROOM = { cpuMillis: 500, memoryBytes: 128n * MIB, diskBytes: 128n * MIB, pids: 128 };
const HOUR = 3_600_000n;

describeWith(whyNoLeases())('leases', function () {
  this.timeout(120_000);
  const docker = new Docker({ socketPath: dockerSocket });
  let fleet: RunningFleet;
  let leases: Client<typeof LeaseService>;
  let channel: Channel;
  let folder: string;
  let http: string;
  let memory: string;
  let agent: TestAgentOptions;

  before(async () => {
    const temp = await makeTempDir();
    folder = temp.path;
    http = `127.0.0.1:${String(await freePort())}`;
    const coordinator = ['--http-listen', http, '--leases-image', testImage];
    memory = await mkdtemp('/dev/shm/headframe-test-');
    const secrets = ['--secrets-folder', join(memory, 'secrets')];
    agent = { flags: ['--leases-enabled', 'true', '--leases-ssh-server', leaseSshFolder, ...secrets] };
    fleet = await RunningFleet.open({ alpha: agent }, { coordinator });
    channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    leases = createClient(LeaseService, channel);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'renter')]);
  });
  after(async () => {
    channel.close();
    await fleet.close();
    await rm(memory, { recursive: true, force: true });
  });

  /** The lease once it is in a state; how it stood last is told where it never came there. */
  async function until(id: string, state: LeaseState): Promise<Lease> {
    let last: Lease | undefined;
    const reached = fleet.until(`lease ${id} to be ${String(state)}`, async () => {
      last = (await leases.getLease({ id })).lease;
      return last?.state === state ? last : undefined;
    });
    return reached.catch((cause: unknown) => {
      throw new Error(`${id}: ${last?.why?.text ?? ''}; probe: ${last?.probe?.text ?? 'none'}`, { cause });
    });
  }

  /** Runs a command in a lease as its renter, who knows the server by its key alone. */
  async function ssh({ id, hostKey, ports }: Lease, command: string): Promise<string> {
    const known = join(folder, `known-${id}`);
    await writeFile(known, `${id} ${hostKey}\n`);
    const trust = ['-o', `UserKnownHostsFile=${known}`, '-o', `HostKeyAlias=${id}`, '-o', 'StrictHostKeyChecking=yes'];
    const options = [...trust, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-i', join(folder, 'renter')];
    const port = String(ports[0]?.hostPort ?? 0);
    const { stdout } = await run('ssh', [...options, '-p', port, 'root@127.0.0.1', command], { timeout: 30_000 });
    return stdout.trim();
  }

  /** What the engine and the kernel have of this host's leases. */
  async function remains(): Promise<string[]> {
    const hostId = fleet.hostId('alpha');
    const filters = JSON.stringify({ label: ['headframe.lease', `headframe.host=${hostId}`] });
    const containers = await docker.listContainers({ all: true, filters });
    const networks = await docker.listNetworks({ filters });
    const { forwardChain, inputChain } = leaseNames(hostId);
    const rules = execFileSync('iptables-save', { encoding: 'utf8' }).split('\n');
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n');
    return [
      ...containers.map(({ Names }) => `container ${Names.join()}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...rules.filter((rule) => rule.includes(forwardChain) || rule.includes(inputChain)),
      ...mounts.filter((mount) => mount.includes(fleet.agentFolder('alpha'))),
    ];
  }

  async function expectNothingLeft(timeoutMs = 30_000): Promise<void> {
    let left: string[] = [];
    const gone = fleet.until(
      'nothing of leases to be left',
      async () => {
        left = await remains();
        return left.length === 0;
      },
      timeoutMs,
    );
    await gone.catch((cause: unknown) => {
      throw new Error(`left: ${left.join('\n')}`, { cause });
    });
  }

  it('are made by the command, logged in to with their own host key, extended, released, and leave nothing', async () => {
    const wish = ['--cpu', '0.5', '--memory', '128MiB', '--disk', '128MiB', '--term', '1h'];
    const key = ['--key', join(folder, 'renter.pub')];
    const made = await fleet.headframe([
      'lease',
      'create',
      '--id',
      'box',
      '--image',
      testImage,
      ...wish,
      ...key,
      '--wait',
    ]);
    expect(made.code, made.stderr).to.equal(0);
    const lease = await until('box', LeaseState.READY);
    expect(lease.probe?.passed).to.equal(true);
    expect(await ssh(lease, 'id -u')).to.equal('0');
    expect(await ssh(lease, 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes')).to.equal(String(128n * MIB));
    const login = await fleet.headframe(['lease', 'ssh', 'box', '--', 'echo $((6 * 7)); exit 7']);
    expect(login.stdout.trim(), login.stderr).to.equal('42');
    expect(login.code).to.equal(7);
    expect((await fleet.headframe(['lease', 'extend', 'box', '--by', '1h'])).code).to.equal(0);
    const { lease: longer } = await leases.getLease({ id: 'box' });
    expect(longer?.endsAtMs).to.equal(lease.endsAtMs + HOUR);
    const shown = await fleet.headframe(['lease', 'ls', '-o', 'json']);
    expect(shown.stdout).to.contain('"box"');
    const released = await fleet.headframe(['lease', 'release', 'box', '--yes']);
    expect(released.code, released.stderr).to.equal(0);
    const over = await until('box', LeaseState.RELEASED);
    expect(over.end?.reason).to.equal('lease_released');
    await expectNothingLeft();
  });

  it('are made by gRPC, outlive agent and coordinator, and end by their term', async () => {
    const authorizedKeys = [(await readFile(join(folder, 'renter.pub'), 'utf8')).trim()];
    await leases.createLease({ id: 'short', image: testImage, resources: ROOM, authorizedKeys, termMs: 60_000n });
    const lease = await until('short', LeaseState.READY);
    await ssh(lease, 'echo kept > /root/note');
    const [before] = await fleet.containers('short');
    await fleet.agent('alpha').end('SIGKILL');
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.startAgent('alpha', agent);
    await fleet.hostsReady(1);
    await until('short', LeaseState.READY);
    expect(await ssh(lease, 'cat /root/note')).to.equal('kept');
    const [after] = await fleet.containers('short');
    expect(after?.Id).to.equal(before?.Id);
    expect(after?.State.StartedAt).to.equal(before?.State.StartedAt);
    await expectNothingLeft(90_000);
    const over = await until('short', LeaseState.RELEASED);
    expect(over.end?.reason).to.equal('lease_term_over');
  });

  it('are made by the routes of the seed over HTTP', async () => {
    const access = createClient(AccessService, channel);
    const wish = { role: Role.RENTER, kind: TokenKind.BEARER, ttlMs: HOUR, namespaces: ['default'] };
    const { credential: token } = await access.createToken(wish);
    const { authorities } = await adminCertificates(fleet.storeFolder);
    const ask = httpClient(http, authorities);
    const sshKey = (await readFile(join(folder, 'renter.pub'), 'utf8')).trim();
    const body = JSON.stringify({
      memory: '128m',
      cpu_count: 0.5,
      disk: '128m',
      devices: [],
      ssh_keys: [sshKey],
      wait_seconds: 0,
    });
    const { status, json } = await ask('/allocate', { verb: 'POST', token, body });
    expect(status, JSON.stringify(json)).to.equal(202);
    const id = String(json['container_id']);
    const ready = await fleet.until('it to be ready over HTTP', async () => {
      const { json: now } = await ask(`/containers/${id}`, { token });
      return now['status'] === 'success' ? now : undefined;
    });
    expect(ready).to.include({ username: 'root', password: null });
    const lease = await until(id, LeaseState.READY);
    expect(String(lease.ports[0]?.hostPort)).to.equal(ready['ssh_port']);
    expect(await ssh(lease, 'id -u')).to.equal('0');
    expect((await ask(`/containers/${id}`, { verb: 'DELETE', token })).status).to.equal(202);
    await until(id, LeaseState.RELEASED);
    await expectNothingLeft();
  });
});
