import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Docker from 'dockerode';
import { readLimits } from '../../../../agent/host/index.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime, DockerRuntimeOptions } from '../../../../agent/runtime/docker/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { shellScript } from '../../../support/build-assignment.js';
import { describeWithDocker, dockerSocket } from '../../../support/docker.js';
import { expectReason } from '../../../support/expect-reason.js';
import { freePort } from '../../../support/free-port.js';
import { describeRuntimeContract } from '../../../support/runtime-contract.js';
import { waitFor } from '../../../support/wait-for.js';
import { RuntimeFixture } from '../../../support/runtime-fixture.js';
import { makeTempDir } from '../../../support/temp-dir.js';

function openRuntime(hostId: string, options: Partial<DockerRuntimeOptions> = {}): DockerRuntime {
  return openDockerRuntime({
    hostId,
    address: dockerSocket,
    concurrency: 4,
    allowedHostPaths: [],
    logger: silentLogger,
    clock: systemClock,
    ...options,
  });
}

const web = { name: 'web', containerPort: 8080, protocol: 'tcp', hostPort: 0 } as const;

describeWithDocker('the Docker runtime', () => {
  describeRuntimeContract((hostId) => openRuntime(hostId));

  describe('on a real engine', function () {
    this.timeout(60_000);
    const docker = new Docker({ socketPath: dockerSocket });
    let f: RuntimeFixture;
    beforeEach(() => {
      f = new RuntimeFixture((hostId) => openRuntime(hostId));
    });
    afterEach(() => f.close());

    it('applies cpu, memory, swap and process limits in the kernel', async () => {
      const { serial } = await f.started({
        resources: { cpuMillis: 250, memoryBytes: 32 * 2 ** 20, pids: 17 },
      });
      const { pid } = await f.observed(serial);
      expect(readLimits(pid)).to.include({
        cpuMillicores: 250,
        memoryBytes: 32 * 2 ** 20,
        swapBytes: 0,
        pids: 17,
      });
    });

    it('takes privileges away and bounds the log', async () => {
      const { serial } = await f.started();
      const { containerId, pid } = await f.observed(serial);
      const { HostConfig } = await docker.getContainer(containerId).inspect();
      expect(HostConfig).to.deep.include({
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        Init: true,
      });
      const status = await readFile(`/proc/${String(pid)}/status`, 'latin1');
      expect(/^NoNewPrivs:\t1$/m.test(status)).to.equal(true);
      // NET_RAW (bit 13), SYS_ADMIN (21) and MKNOD (27) are gone, CHOWN (0) is there.
      const bounding = BigInt(`0x${/^CapBnd:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? ''}`);
      expect([13n, 21n, 27n, 0n].map((bit) => (bounding >> bit) & 1n)).to.deep.equal([0n, 0n, 0n, 1n]);
    });

    it('tells death by memory from other kills', async () => {
      const { serial } = await f.started({
        container: shellScript('x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; while :; do x=$x$x; done'),
        resources: { memoryBytes: 16 * 2 ** 20 },
      });
      expect(await f.ended(serial)).to.include({ exitCode: 137, outOfMemory: true });
    });

    it('tells a missing command by exit code 127, because an init starts it', async () => {
      const { serial } = await f.started({ container: { command: ['no-such-command'] } });
      expect(await f.ended(serial)).to.include({ exitCode: 127 });
    });

    it('leaves an instance created when its port is taken, and starts it once the port is free', async () => {
      const port = await freePort();
      const published = { container: { network: 'bridge' as const, ports: [web] }, hostPorts: [port] };
      const first = await f.started(published);
      const second = f.assignment(published);
      await f.runtime.create(second, f.signal);
      await expectReason(f.runtime.start(second.serial, f.signal), 'port_conflict');
      expect((await f.observed(second.serial)).status).to.equal('created');

      await f.runtime.stop(first.serial, 0, f.signal);
      await f.runtime.start(second.serial, f.signal);
      const running = await f.observed(second.serial);
      expect(running.status).to.equal('running');
      expect(running.address).to.match(/^\d+\.\d+\.\d+\.\d+$/);
      const { NetworkSettings } = await docker.getContainer(running.containerId).inspect();
      expect(NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort).to.equal(String(port));
    });

    it('gives an instance on the host network its host port to listen on', async () => {
      const port = await freePort();
      const { serial } = await f.started({
        container: { ...shellScript('echo $HEADFRAME_PORT_WEB; sleep 1000'), network: 'host', ports: [web] },
        hostPorts: [port],
      });
      expect((await f.observed(serial)).address).to.equal('127.0.0.1');
      const printed = await waitFor(
        'the instance to print its port',
        async () => (await f.log(serial)).stdout.trim() || false,
      );
      expect(printed).to.equal(String(port));
    });

    it('refuses what the engine would refuse, with a reason', async () => {
      const refused = (parts: Parameters<typeof f.assignment>[0]) => f.runtime.create(f.assignment(parts), f.signal);
      await expectReason(refused({ resources: { memoryBytes: 1024 } }), 'resources_rejected');
      await expectReason(refused({ resources: { cpuMillis: 10_000_000 } }), 'resources_rejected');
      await expectReason(refused({ container: { image: 'headframe-test/none:1' } }), 'image_not_found');
      await expectReason(refused({ container: { image: 'UPPER:1' } }), 'image_invalid');
    });

    it('says at the start what only the start shows', async () => {
      const gpu = f.assignment({ gpuIds: ['GPU-none'] });
      await f.runtime.create(gpu, f.signal);
      await expectReason(f.runtime.start(gpu.serial, f.signal), 'gpu_unavailable');
      const user = f.assignment({ container: { user: 'nobody-here' } });
      await f.runtime.create(user, f.signal);
      await expectReason(f.runtime.start(user.serial, f.signal), 'user_not_found');
    });

    it('takes a longer name where another agent has the short one, and keeps to it once that is free', async () => {
      const assignment = f.assignment();
      const other = new RuntimeFixture((hostId) => openRuntime(hostId));
      try {
        const id = await other.runtime.create(assignment, other.signal);
        const own = await f.runtime.create(assignment, f.signal);
        expect(own).to.not.equal(id);
        expect((await other.observed(assignment.serial)).containerId).to.equal(id);
        await other.runtime.remove(assignment.serial, other.signal);
        expect(await f.runtime.create(assignment, f.signal)).to.equal(own);
      } finally {
        await other.close();
      }
    });

    it('mounts a memory file system and a volume that outlives the instance', async () => {
      const volume = { kind: 'volume', volume: 'plots', target: '/plots', readOnly: false } as const;
      const scratch = { kind: 'tmpfs', sizeBytes: 2 ** 20, target: '/scratch', readOnly: false } as const;
      const miner = { miner: `volume-test-${String(RuntimeFixture.nextSerial())}` };
      const write = 'echo kept > /plots/file; dd if=/dev/zero of=/scratch/big bs=1k count=2000; echo "dd $?"';
      const first = await f.started({
        workload: miner,
        container: { ...shellScript(write), mounts: [volume, scratch] },
      });
      await f.ended(first.serial);
      expect((await f.log(first.serial)).stdout).to.equal('dd 1\n');
      await f.runtime.remove(first.serial, f.signal);
      const second = await f.started({
        workload: miner,
        container: { ...shellScript('cat /plots/file'), mounts: [volume] },
      });
      await f.ended(second.serial);
      expect((await f.log(second.serial)).stdout).to.equal('kept\n');
      await f.runtime.remove(second.serial, f.signal);
      await docker.getVolume(`headframe_${miner.miner}_plots`).remove();
    });

    it('mounts a host path only from below an allowed one', async () => {
      await using folder = await makeTempDir();
      const allowed = join(folder.path, 'allowed');
      await mkdir(allowed);
      await writeFile(join(allowed, 'file'), 'inside\n');
      await symlink('/etc', join(allowed, 'escape'));
      const host = new RuntimeFixture((hostId) => openRuntime(hostId, { allowedHostPaths: [allowed] }));
      const mounting = (hostPath: string) => ({
        ...shellScript('cat /in/file'),
        mounts: [{ kind: 'hostPath', hostPath, target: '/in', readOnly: true } as const],
      });
      try {
        const { serial } = await host.started({ container: mounting(allowed) });
        await host.ended(serial);
        expect((await host.log(serial)).stdout).to.equal('inside\n');
        for (const path of ['/etc', `${allowed}/../..`, `${allowed}/escape`, dockerSocket]) {
          const refused = host.assignment({ container: mounting(path) });
          await expectReason(host.runtime.create(refused, host.signal), 'mount_not_allowed');
        }
        const missing = host.assignment({ container: mounting(`${allowed}/none`) });
        await expectReason(host.runtime.create(missing, host.signal), 'mount_failed');
      } finally {
        await host.close();
      }
    });

    it('gives a command a terminal of the size asked for, and changes it', async () => {
      const { serial } = await f.started();
      const script = 'read go; stty size; read go; stty size';
      const request = { command: ['sh', '-c', script], tty: true, stdin: true, columns: 101, rows: 31 };
      const session = await f.runtime.exec(serial, request, f.signal);
      await session.write(Buffer.from('\n'));
      let text = '';
      let resized = false;
      for await (const { data } of session.output) {
        text += Buffer.from(data).toString();
        if (resized || !text.includes('31 101')) continue;
        resized = true;
        await session.resize(120, 40);
        await session.write(Buffer.from('\n'));
      }
      expect(text).to.include('40 120');
      expect(await session.exitCode()).to.equal(0);
    });

    it('shows its engine to the doctor', async () => {
      const runtime = openRuntime(f.hostId);
      const info = await runtime.engineInfo(f.signal);
      await runtime.close();
      expect(info.runtimes).to.include('runc');
      expect(info.security.join()).to.include('seccomp');
      expect(info.icc).to.be.a('boolean');
      expect(info.logDrivers).to.include('json-file');
      expect(info.apiVersion).to.match(/^1\.\d+$/);
      expect(await f.runtime.info(f.signal)).to.include({ kind: 'docker', isolates: true, dataRoot: info.rootPath });
    });
  });

  describe('without an engine', () => {
    it('says so', async () => {
      const runtime = openRuntime('host', { address: '/nowhere/docker.sock' });
      const signal = AbortSignal.timeout(5_000);
      await expectReason(runtime.list(signal), 'engine_unavailable');
      await expectReason(runtime.info(signal), 'engine_unavailable');
      await expectReason(collectEvents(runtime, signal), 'engine_unavailable');
      await runtime.close();
    });
  });
});

async function collectEvents(runtime: DockerRuntime, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const event of runtime.events(signal)) count += event.serial;
  return count;
}
