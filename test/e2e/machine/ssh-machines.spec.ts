import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { MachineService, MachineState } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { bearerOf } from '../../support/bearer.js';
import { describeWithDocker, dockerSocket } from '../../support/docker.js';
import { freePort } from '../../support/free-port.js';
import { adminCertificates } from '../../support/host-certificates.js';
import { httpClient } from '../../support/http-client.js';
import type { HttpAnswer } from '../../support/http-client.js';
import { TestFleet } from '../../support/programs.js';
import { SshServer, describeWithSshd } from '../../support/ssh-server.js';
import { SystemdMachine } from '../../support/systemd-machine.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

/** Debian's list of packages has to know what the package cannot do without. */
const INSTALLED = `Package: systemd
Status: install ok installed
Architecture: amd64
Maintainer: nobody
Version: 252
Description: what the machine runs by

`;

/** What a bundled agent and its command load beside themselves, and what packs them; the rest of the dependencies takes thousands of files. */
const LOADED = ['dockerode', 'pino', 'systeminformation', '@node-rs/argon2', 'zod'];

/** Leaves of a release's dependencies what agents load. */
async function keepOfAgents(folder: string): Promise<void> {
  const [modules, lock] = [join(folder, 'node_modules'), 'node_modules/.package-lock.json'];
  // As npm writes it.
  const { packages } = JSON.parse(await readFile(join(folder, lock), 'utf8')) as {
    packages: Readonly<Record<string, { dependencies?: object; optionalDependencies?: object }>>;
  };
  const names = new Set(LOADED);
  for (const name of names) {
    const own = `node_modules/${name}`;
    const within = Object.keys(packages).filter((path) => path === own || path.startsWith(`${own}/node_modules/`));
    for (const { dependencies = {}, optionalDependencies = {} } of within.map((path) => packages[path] ?? {}))
      for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) names.add(one);
  }
  const source = await realpath(modules);
  await rm(modules);
  await mkdir(modules);
  const kept = [...names].filter((name) => existsSync(join(source, name)));
  await promisify(execFile)('cp', ['-R', '--parents', '-t', modules, '--', ...kept], { cwd: source });
  const all = Object.fromEntries(kept.map((name) => [`node_modules/${name}`, packages[`node_modules/${name}`]]));
  await writeFile(join(folder, lock), JSON.stringify({ packages: all }));
}

const WALLET = '0.0.123456';

describeWithDocker('machines that are reached by SSH', () => {
  describeWithSshd('by the own client of the coordinator', function () {
    this.timeout(120_000);
    let temp: AsyncDisposable & { path: string };
    let machine: SystemdMachine;
    let server: SshServer;
    let fleet: TestFleet;
    let channel: Channel | undefined;
    let machines: Client<typeof MachineService>;
    /** Asks TensorNode's routes. */
    let vms: (line: string, body?: object) => Promise<HttpAnswer>;

    before(async () => {
      temp = await makeTempDir();
      machine = await SystemdMachine.open(['--network', 'host']);
      await machine.addPackage('light', keepOfAgents);
      await machine.addDebianPackage('light');
      await machine.write('/var/lib/dpkg/status', INSTALLED);
      // Thousands of files, each brought to the disk by itself, are what takes the time.
      await machine.write('/etc/dpkg/dpkg.cfg.d/test', 'force-unsafe-io\n');
      server = await startServer();
      await listMachines();
      const listen = `127.0.0.1:${String(await freePort())}`;
      const http = `127.0.0.1:${String(await freePort())}`;
      const settings = `docker-socket=/srv/docker.sock,host-name=rack-1,port-range=29700-29799`;
      fleet = new TestFleet(join(temp.path, 'fleet'), {
        listen,
        coordinator: [
          ...['--http-listen', http],
          ...['--providers-coordinator', listen, '--providers-package', machine.pathOf('light.deb')],
          ...[
            '--providers-ssh-machines-file',
            join(temp.path, 'machines.yaml'),
            '--providers-agent-settings',
            settings,
          ],
        ],
      });
      await fleet.startCoordinator();
      channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
      machines = createClient(MachineService, channel);
      const token = await bearerOf(fleet, 'operator');
      const { authorities } = await adminCertificates(fleet.storeFolder);
      vms = (line, body) => {
        const [verb = '', path = ''] = line.split(' ');
        // The coordinator is started anew in between.
        const ask = httpClient(http, authorities);
        if (body === undefined) return ask(`/tensornode${path}`, { verb, token });
        const text = JSON.stringify(body);
        // Of a DELETE Node tells it only where it is told.
        const headers = { 'content-length': String(Buffer.byteLength(text)) };
        return ask(`/tensornode${path}`, { verb, token, body: text, headers });
      };
    });
    after(async () => {
      channel?.close();
      await fleet.close();
      await server[Symbol.asyncDispose]();
      await machine.close();
      await temp[Symbol.asyncDispose]();
    });

    /** OpenSSH's server, by which whoever has the key runs commands on the machine, as root of it. */
    async function startServer(): Promise<SshServer> {
      const [hostKey] = [await makeKey('host'), await makeKey('mine'), await makeKey('other'), await makeKey('wrong')];
      const lead = `docker --host unix://${dockerSocket} exec -i ${machine.name} /bin/sh -c \\"$SSH_ORIGINAL_COMMAND\\"`;
      const own = await publicKey('mine');
      return SshServer.start({ hostKey, authorizedKeys: [`restrict,command="${lead}" ${own}`] });
    }

    async function makeKey(name: string): Promise<string> {
      const path = join(temp.path, name);
      await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
      return readFile(path, 'utf8');
    }

    async function publicKey(name: string): Promise<string> {
      const [type = '', key = ''] = (await readFile(join(temp.path, `${name}.pub`), 'utf8')).split(' ');
      return `${type} ${key}`;
    }

    async function listMachines(): Promise<void> {
      const entry = async (name: string, keyFile: string, hostKey: string, size: object = {}): Promise<object> => ({
        ...{ name, host: server.address, port: server.port, keyFile: join(temp.path, keyFile) },
        ...{ hostKey: await publicKey(hostKey), priceUsd: '1.5', cpu: 2, labels: { spot: name } },
        ...size,
      });
      const entries = [
        await entry('moved', 'mine', 'wrong'),
        await entry('closed', 'other', 'host'),
        await entry('rack-1', 'mine', 'host', { memory: '1GiB', disk: '1GiB' }),
      ];
      await writeFile(join(temp.path, 'machines.yaml'), JSON.stringify({ machines: entries }));
    }

    async function ask(spot: string): Promise<string> {
      const asked = ['--provider', 'ssh', '--label', `spot=${spot}`, '--max-price', '2', '--constraints', 'cpu-2'];
      const { code, stdout, stderr } = await fleet.headframe(['machines', 'allocate', ...asked, '-o', 'json']);
      expect(code, stderr).to.equal(0);
      return (JSON.parse(stdout) as { machine: { id: string } }).machine.id;
    }

    async function show(id: string): Promise<Machine | undefined> {
      return (await machines.getMachine({ id }).catch(() => undefined))?.machine;
    }

    function become(id: string, state: MachineState): Promise<Machine> {
      return waitFor(
        `machine ${id} to be in the state ${String(state)}`,
        async () => {
          const shown = await show(id);
          if (shown?.state === state) return shown;
          throw new Error(`it is in ${String(shown?.state)}: ${shown?.reason ?? ''}: ${shown?.text ?? ''}`);
        },
        60_000,
      );
    }

    async function release(id: string, ...more: readonly string[]): Promise<void> {
      const { code, stderr } = await fleet.headframe(['machines', 'release', id, '--yes', '--wait', ...more]);
      expect(code, stderr).to.equal(0);
    }

    /** What there is of us on the machine. */
    async function traces(): Promise<string> {
      const places = '/opt/headframe /etc/headframe /usr/bin/headframe /usr/lib/headframe /usr/local/bin/headframe';
      const { text } = await machine.run('sh', '-c', `ls -d ${places} /var/lib/headframe* 2> /dev/null`);
      return text.trim();
    }

    it('are sent nothing where they show another key, and let nobody in by another one', async () => {
      const moved = await ask('moved');
      expect(await become(moved, MachineState.FAILED)).to.include({ reason: 'machine_host_key_wrong' });
      expect(server.log).to.not.include('Accepted');
      const closed = await ask('closed');
      expect(await become(closed, MachineState.FAILED)).to.include({ reason: 'machine_login_refused' });
      for (const id of [moved, closed]) await release(id, '--forget');
      expect(await traces()).to.equal('');
    });

    it('become hosts, though the disk was full at first and the coordinator is killed midway', async () => {
      await machine.run(
        'sh',
        '-c',
        'mkdir /var/lib/headframe-provider && mount -t tmpfs -o size=1m none /var/lib/headframe-provider',
      );
      // Of those that are listed one alone has memory.
      const constraints = { basicConfiguration: 'cpu-1-ram-512mb-storage-512mb', maxTotalPricePerEpochUsd: '2' };
      const { json, text: said } = await vms('POST /deploy', { walletAddress: WALLET, constraints });
      const { vmId: id, status } = (json['deployment'] ?? {}) as { vmId: string; status: string };
      expect(status, said).to.equal('deploying');
      expect(await become(id, MachineState.FAILED)).to.include({ reason: 'machine_disk_full' });
      expect((await vms(`GET /vms/${id}`)).json).to.include({ status: 'inactive', walletAddress: WALLET });
      await machine.run('umount', '/var/lib/headframe-provider');
      expect((await fleet.headframe(['machines', 'retry', id])).code).to.equal(0);
      await waitFor('it to be worked on', async () => /copied|installed/.test((await show(id))?.text ?? ''), 60_000);
      await fleet.coordinator.end('SIGKILL');
      await fleet.startCoordinator();
      expect(await become(id, MachineState.ACTIVE)).to.include({ hostId: id });
      const { host } = await fleet.hosts.getHost({ host: id });
      expect(host?.name).to.equal('rack-1');
      expect(host?.labels).to.include({ spot: 'rack-1', 'price-per-epoch-usd': '1.5' });
      const given = await vms(`GET /vms/${id}`);
      expect(given.json, given.text).to.include({ vmId: id, status: 'active', hostId: id, pricePerEpochUsd: 1.5 });
      // No token is left by which another one could join.
      const { stdout } = await fleet.headframe(['token', 'ls', '-o', 'json']);
      const { tokens } = JSON.parse(stdout) as { tokens: readonly { kind: string; state: string }[] };
      const valid = tokens.filter(({ state }) => state === 'TOKEN_STATE_VALID');
      // The one by which this test asks.
      expect(valid.map(({ kind }) => kind)).to.deep.equal(['TOKEN_KIND_BEARER']);
      const { text } = await machine.run('sh', '-c', 'journalctl -o cat; ps -eo args; cat /etc/headframe/agent.yaml');
      expect(text).to.not.match(/\b[0-9a-f]{10}\.[A-Za-z0-9_-]{43}\b/);
    });

    it('are none any more once they are released, with nothing of it left on them', async () => {
      const [one] = (await machines.listMachines({})).machines;
      const id = one?.id ?? '';
      const removed = await vms('DELETE /vms', { vmIds: [id] });
      expect(removed.status, removed.text).to.equal(204);
      const isGone = async () => (await vms(`GET /vms/${id}`)).status === 404;
      await waitFor('it to be given back', async () => (await isGone()) || undefined, 60_000);
      expect(await traces()).to.equal('');
      expect((await fleet.hosts.listHosts({})).hosts).to.deep.equal([]);
      expect((await machine.run('dpkg-query', '-W', 'headframe')).code).to.not.equal(0);
      expect(await machine.show('headframe-agent.service', 'LoadState')).to.equal('not-found');
    });
  });
});
