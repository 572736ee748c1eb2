import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { ContainerInspectInfo } from 'dockerode';
import { PROVER_LABEL } from '../../agent/runtime/docker/prover-spec.js';
import { AccessService, Role, TokenKind } from '../../common/gen/headframe/v1/access_service_pb.js';
import { LeaseState } from '../../common/gen/headframe/v1/lease_pb.js';
import { createClient } from '../../common/rpc/index.js';
import { EXIT_CODES } from '../../coordinator/cli/exit-codes.js';
import { describeWith } from '../support/describe-with.js';
import { testImage } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { PATIENT_FLAGS } from '../support/challenge/wishes.js';
import { adminCertificates } from '../support/host-certificates.js';
import { httpClient } from '../support/http-client.js';
import { LeaseFleet } from '../support/lease-fleet.js';
import { whyNoLeases } from '../support/lease-host.js';
import { runByPassword } from '../support/password-login.js';
import { PROGRAM, runHeadframe } from '../support/program.js';
import type { CommandResult } from '../support/program.js';

const run = promisify(execFile);
const HOUR = 3_600_000n;

describeWith(whyNoLeases())('leases', function () {
  this.timeout(120_000);
  let at: LeaseFleet;
  let http: string;
  before(async () => {
    http = `127.0.0.1:${String(await freePort())}`;
    const flags = ['--http-listen', http, '--leases-image', testImage, '--leases-passwords', 'true'];
    at = await LeaseFleet.open([...flags, ...PATIENT_FLAGS]);
  });
  after(() => at.close());

  /** What a program of a renter's has in its environment. */
  async function renter(name: string): Promise<NodeJS.ProcessEnv> {
    const wish = { role: Role.RENTER, kind: TokenKind.BEARER, name, ttlMs: HOUR, namespaces: ['default'] };
    const { credential, authority } = await createClient(AccessService, at.channel).createToken(wish);
    const file = join(at.folder, `${name}.token`);
    await writeFile(file, credential, { mode: 0o600 });
    const who = { HEADFRAME_TOKEN_FILE: file, HEADFRAME_AUTHORITY: authority };
    return { ...who, HEADFRAME_ADDRESS: at.fleet.address, HEADFRAME_CONFIG: join(at.folder, `${name}.yaml`) };
  }

  it('are made by the command, logged in to with their own host key, extended, released, and leave nothing', async () => {
    const { fleet } = at;
    const wish = ['--cpu', '0.5', '--memory', '128MiB', '--disk', '128MiB', '--term', '1h'];
    const key = ['--key', join(at.folder, 'renter.pub')];
    const asked = ['lease', 'create', '--id', 'box', '--image', testImage, ...wish, ...key, '--wait'];
    const made = await fleet.headframe(asked);
    expect(made.code, made.stderr).to.equal(0);
    const lease = await at.until('box', LeaseState.READY);
    expect(lease.probe?.passed).to.equal(true);
    expect(await at.ssh(lease, 'id -u')).to.equal('0');
    expect(await at.ssh(lease, 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes')).to.equal(String(128 * 2 ** 20));
    const login = await fleet.headframe(['lease', 'ssh', 'box', '--', 'echo $((6 * 7)); exit 7']);
    expect(login.stdout.trim(), login.stderr).to.equal('42');
    expect(login.code).to.equal(7);
    const direct = await fleet.headframe(['lease', 'ssh', 'box', '--direct', '--', 'id -u; exit 6']);
    expect([direct.code, direct.stdout.trim()], direct.stderr).to.deep.equal([6, '0']);
    expect((await fleet.headframe(['lease', 'extend', 'box', '--by', '1h'])).code).to.equal(0);
    const { lease: longer } = await at.leases.getLease({ id: 'box' });
    expect(longer?.endsAtMs).to.equal(lease.endsAtMs + HOUR);
    const shown = await fleet.headframe(['lease', 'ls', '-o', 'json']);
    expect(shown.stdout).to.contain('"box"');
    const released = await fleet.headframe(['lease', 'release', 'box', '--yes']);
    expect(released.code, released.stderr).to.equal(0);
    const over = await at.until('box', LeaseState.RELEASED);
    expect(over.end?.reason).to.equal('lease_released');
    await at.nothingLeft();
  });

  it("are entered by their owners alone: by commands inside, and by a certified key through their host's agent", async () => {
    const [ada, eve] = [await renter('ada'), await renter('eve')];
    const by = (env: NodeJS.ProcessEnv, args: readonly string[], input = ''): Promise<CommandResult> =>
      runHeadframe(args, { env, input });
    const wish = ['--cpu', '0.5', '--memory', '128MiB', '--disk', '128MiB', '--term', '1h'];
    const made = await by(ada, ['lease', 'create', '--id', 'adas', '--image', testImage, ...wish, '--wait']);
    expect(made.code, made.stderr).to.equal(0);
    const { hostKey } = await at.until('adas', LeaseState.READY);
    await at.fleet.apply({ name: 'miner', resources: { cpu: '100m', memory: '64MiB', disk: '64MiB' } });
    const [other] = await at.fleet.running('miner', 1);
    const line = 'read word; echo $word; grep -E "^(Seccomp|CapBnd):" /proc/self/status; exit 5';
    const inside = await by(ada, ['lease', 'ssh', 'adas', '--exec', '--', '/bin/sh', '-c', line], 'hello\n');
    expect(inside.stdout.trim().split('\n'), inside.stderr).to.deep.equal([
      ...['hello', 'CapBnd:\t00000000200404fb', 'Seccomp:\t2'],
    ]);
    expect(inside.code).to.equal(5);
    for (const what of [['ssh', '--exec'], ['proxy'], ['ssh']]) {
      const refused = await by(eve, ['lease', what[0] ?? '', 'adas', ...what.slice(1)]);
      expect([refused.code, refused.stdout], refused.stderr).to.deep.equal([EXIT_CODES.notFound.code, '']);
    }
    const foreign = await by(ada, ['instances', 'exec', other?.id ?? '', '--', 'id']);
    expect(foreign.code, foreign.stderr).not.to.equal(0);
    expect(foreign.stdout).to.equal('');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(at.folder, 'fresh')]);
    const cert = ['lease', 'cert', 'adas', '--key', join(at.folder, 'fresh.pub'), '--life', '5m'];
    const certified = await by(ada, [...cert, '--out', join(at.folder, 'fresh-cert.pub')]);
    expect(certified.code, certified.stderr).to.equal(0);
    expect(await throughProxy('adas', hostKey, ada)).to.equal('0');
    await at.leases.releaseLease({ id: 'adas' });
    await at.until('adas', LeaseState.RELEASED);
    await at.fleet.remove('miner');
    await at.nothingLeft();
  });

  /** Logs in as any client of SSH may be configured to. */
  async function throughProxy(id: string, hostKey: string, env: NodeJS.ProcessEnv): Promise<string> {
    const known = join(at.folder, `known-${id}`);
    await writeFile(known, `${id} ${hostKey}\n`);
    const proxy = `ProxyCommand="${process.execPath}" "${PROGRAM}" lease proxy ${id}`;
    const trust = ['-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'];
    const identity = ['-o', 'IdentitiesOnly=yes', '-i', join(at.folder, 'fresh')];
    const args = ['-F', 'none', ...trust, ...identity, '-o', proxy, `root@${id}`, 'id -u'];
    const { stdout } = await run('ssh', args, { env: { ...process.env, ...env }, timeout: 30_000 });
    return stdout.trim();
  }

  it('are made by gRPC, outlive agent and coordinator, and are ended at their term by their host alone', async () => {
    const { fleet } = at;
    await at.ask('short', { termMs: 60_000n });
    const lease = await at.until('short', LeaseState.READY);
    await at.ssh(lease, 'echo kept > /root/note');
    const [before] = await fleet.containers('short');
    await at.kill();
    await at.startAgain();
    await at.until('short', LeaseState.READY);
    expect(await at.ssh(lease, 'cat /root/note')).to.equal('kept');
    const [after] = await fleet.containers('short');
    expect(after?.Id).to.equal(before?.Id);
    expect(after?.State.StartedAt).to.equal(before?.State.StartedAt);
    await fleet.coordinator.end('SIGKILL');
    const ended = async (): Promise<boolean> => (await fleet.containers('short')).every(({ State }) => !State.Running);
    await fleet.until('its host to end it', ended, 90_000);
    expect(Date.now()).to.be.at.least(Number(lease.endsAtMs) - 1_000);
    await fleet.startCoordinator();
    const over = await at.until('short', LeaseState.RELEASED);
    expect(over.end?.reason).to.equal('lease_term_over');
    await at.nothingLeft();
  });

  it('are made by the routes of the seed over HTTP', async () => {
    const access = createClient(AccessService, at.channel);
    const wish = { role: Role.RENTER, kind: TokenKind.BEARER, ttlMs: HOUR, namespaces: ['default'] };
    const { credential: token } = await access.createToken(wish);
    const { authorities } = await adminCertificates(at.fleet.storeFolder);
    const ask = httpClient(http, authorities);
    const sshKey = (await readFile(join(at.folder, 'renter.pub'), 'utf8')).trim();
    const body = JSON.stringify({
      memory: '384m',
      cpu_count: 1,
      disk: '128m',
      devices: [],
      ssh_keys: [sshKey],
      password: true,
      wait_seconds: 0,
    });
    const { status, json } = await ask('/allocate', { verb: 'POST', token, body });
    expect(status, JSON.stringify(json)).to.equal(202);
    const id = String(json['container_id']);
    const password = String(json['password']);
    expect(password).to.have.length.above(15);
    const ready = await at.fleet.until('it to be ready over HTTP', async () => {
      const { json: now } = await ask(`/containers/${id}`, { token });
      return now['status'] === 'success' ? now : undefined;
    });
    expect(ready).to.include({ username: 'root', password: null });
    const lease = await at.until(id, LeaseState.READY);
    expect(String(lease.ports[0]?.hostPort)).to.equal(ready['ssh_port']);
    expect(await at.ssh(lease, 'id -u')).to.equal('0');
    const door = { port: Number(ready['ssh_port']), hostKey: lease.hostKey };
    expect(await runByPassword({ ...door, password }, 'id -u')).to.equal('0');
    const refused = await runByPassword({ ...door, password: `${password}x` }, 'id -u').catch((why: unknown) => why);
    expect(refused).to.include({ level: 'client-authentication' });
    const leased = confinementOf(await at.fleet.container(id));
    const wanted = { verb: 'PUT', token, body: JSON.stringify({ type: 'memory' }), timeoutMs: 60_000 };
    const proving = ask(`/challenge/${id}`, wanted);
    const prover = await at.fleet.until('its prover', () => proverOf(at));
    expect(confinementOf(prover)).to.deep.equal(leased);
    const { status: proven, json: verdict } = await proving;
    expect([proven, verdict['status'], verdict['type']], JSON.stringify(verdict)).to.deep.equal([
      200,
      'success',
      'memory',
    ]);
    const again = await ask(`/challenge/${id}`, wanted);
    expect([again.status, again.json['reason']]).to.deep.equal([429, 'challenge_too_soon']);
    // The hash of the password, as the host has it for as long as the lease.
    expect(await withText('$6$', at.fleet.agentFolder('alpha'))).not.to.deep.equal([]);
    expect((await ask(`/containers/${id}`, { verb: 'DELETE', token })).status).to.equal(202);
    await at.until(id, LeaseState.RELEASED);
    await at.nothingLeft();
    expect(await withText('$6$', at.fleet.agentFolder('alpha'))).to.deep.equal([]);
  });
});

/** The container of the only prover, while there is one. */
async function proverOf({ fleet }: LeaseFleet): Promise<ContainerInspectInfo | undefined> {
  const filters = { label: [`${PROVER_LABEL}=${fleet.hostId('alpha')}`] };
  const [found] = await fleet.engine.docker.listContainers({ all: true, filters });
  return (
    found &&
    fleet.engine.docker
      .getContainer(found.Id)
      .inspect()
      .catch(() => undefined)
  );
}

/** What of a container the kernel holds it to, of the options that a lease has. */
const CONFINED = [
  ...['NanoCpus', 'Memory', 'MemorySwap', 'MemoryReservation', 'PidsLimit', 'OomScoreAdj', 'SecurityOpt', 'CapDrop'],
  ...[
    'Ulimits',
    'ShmSize',
    'Runtime',
    'BlkioDeviceReadBps',
    'BlkioDeviceWriteBps',
    'Privileged',
    'IpcMode',
    'MaskedPaths',
  ],
];

function confinementOf({ HostConfig: own }: ContainerInspectInfo): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(own).filter(([name]) => CONFINED.includes(name)));
}

/** Files of a folder that have a text in them. */
async function withText(text: string, folder: string): Promise<string[]> {
  // grep ends with 1 where there is none.
  const { stdout } = await run('sh', ['-c', 'grep -rlF -- "$0" "$1" || true', text, folder]);
  return stdout.split('\n').filter((line) => line !== '');
}
