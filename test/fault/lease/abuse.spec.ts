import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Assignment } from '../../../common/model/workload.js';
import { buildAssignment, shellScript } from '../../support/build-assignment.js';
import { describeWith } from '../../support/describe-with.js';
import { testImage } from '../../support/docker.js';
import { holdPort } from '../../support/free-port.js';
import { LeaseHost, whyNoLeases } from '../../support/lease-host.js';
import type { RunningLease } from '../../support/lease-host.js';
import { buildPythonImage, pythonImage } from '../../support/python-image.js';
import { RuntimeFixture } from '../../support/runtime-fixture.js';
import { waitFor } from '../../support/wait-for.js';
import { StrangeNetwork } from './strange-network.js';

const run = promisify(execFile);
const MIB = 2 ** 20;
const BEAT_MS = 500;

/** Ports that somebody listens on in the network beyond the host. */
const STRANGE_PORTS = [80, 443, 25, 587, 2375];

describeWith(process.arch === 'x64' ? whyNoLeases() : 'the system calls are numbered for x86-64')(
  'a hostile renter',
  function () {
    this.timeout(180_000);
    let host: LeaseHost;
    let hostile: RunningLease;
    let neighbour: RunningLease;
    let miner: Assignment;
    let strange: StrangeNetwork;
    let hostPort: Awaited<ReturnType<typeof holdPort>>;
    before(async () => {
      await buildPythonImage();
      strange = await StrangeNetwork.open(STRANGE_PORTS);
      hostPort = await holdPort();
      host = await LeaseHost.open();
      hostile = await host.started({}, { container: { image: pythonImage } });
      neighbour = await host.started();
      miner = await startMiner(host);
      await host.write(hostile, '/tmp/abuse.py', await readFile(new URL('abuse.py', import.meta.url), 'utf8'));
    });
    after(async () => {
      await host.runtime.stop(miner.serial, 0, host.signal);
      await host.runtime.remove(miner.serial, host.signal);
      await host.close();
      await strange.close();
      await hostPort.close();
    });

    const attempt = async (...what: readonly string[]): Promise<Record<string, string> | readonly string[]> => {
      const said = await host.ssh(hostile, `python3 /tmp/abuse.py ${what.join(' ')}`);
      // What is printed is this test's own script's.
      return JSON.parse(said.stdout || `{"failed":${JSON.stringify(said.stderr)}}`) as Record<string, string>;
    };

    /** Others on the host work on as if nothing were. */
    const expectNeighboursWell = async (): Promise<void> => {
      const said = await host.ssh(neighbour, 'echo well');
      expect(said.stdout, said.stderr).to.equal('well\n');
      const before = await beatsOf(host, miner);
      await waitFor('the next beat of the miner', async () => (await beatsOf(host, miner)) > before + 1, 10_000);
    };

    it('is refused every call that reaches beyond a container', async () => {
      const done = await attempt('calls');
      expect(Object.keys(done)).to.have.length.greaterThan(28);
      expect(Object.entries(done).filter(([, outcome]) => outcome === 'done')).to.deep.equal([]);
      // By the profile, and not only for want of a capability.
      for (const name of ['io_uring_setup', 'bpf', 'keyctl', 'userfaultfd', 'unshare user', 'clone user', 'mount'])
        expect(done, name).to.have.property(name, 'EPERM');
    });

    it('writes nothing that is the kernel’s or the agent’s', async () => {
      const done = await attempt('writes');
      expect(Object.entries(done).filter(([, outcome]) => outcome === 'done')).to.deep.equal([]);
      expect(done).to.include({ '/proc/sys/kernel/hostname': 'EROFS', '/proc/sys/kernel/core_pattern': 'EROFS' });
      expect(done).to.include({ '/run/headframe/lease/authorized_keys': 'EROFS' });
    });

    it('sees nobody else, and no socket of the engine', async () => {
      const said = await host.ssh(
        hostile,
        'ls /proc | grep -c "^[0-9]"; find / -xdev -name "docker*.sock" 2>/dev/null | wc -l; ls /dev',
      );
      const [processes, sockets, ...devices] = said.stdout.trim().split('\n');
      expect(Number(processes)).to.be.lessThan(12);
      expect(sockets).to.equal('0');
      expect(devices.filter((name) => /^(sd|vd|nvme|loop|mem$|kmsg|kvm|fuse)/.test(name))).to.deep.equal([]);
    });

    it('reaches the public internet, and neither the host, its networks, metadata, mail servers nor anybody on the host', async () => {
      const { lan, metadata, internet } = strange;
      const own = await addressesOf(host, hostile.containerId);
      const other = await addressesOf(host, neighbour.containerId);
      const beside = await addressesOf(host, (await host.observed(miner.serial)).containerId);
      const listening = String(hostPort.port);
      const closed = [
        ...[80, 443, 2375].flatMap((port) => [`${lan}:${String(port)}`, `${metadata}:${String(port)}`]),
        ...[25, 587].map((port) => `${internet}:${String(port)}`),
        ...[`10.88.77.1:${listening}`, `${own.gateway}:${listening}`, `${beside.gateway}:${listening}`],
        ...[`${other.address}:22`, `${beside.address}:8080`, `10.88.77.1:${String(neighbour.port)}`],
      ];
      const open = [`${internet}:80`, `${internet}:443`];
      expect(await attempt('reach', ...open, ...closed)).to.have.members(open);
      // What is refused is there: a plain container reaches it.
      const known = closed.filter((target) => !target.startsWith(other.address) && !target.startsWith(own.gateway));
      const knocks = known.map((target) => target.replace(/:(\d+)$/, ' $1'));
      const plain = await execIn(
        host,
        miner,
        knocks.map((at) => `nc -w 2 ${at} </dev/null && echo ${at.replace(' ', ':')}`),
      );
      expect(plain).to.include.members([`${lan}:80`, `${metadata}:80`, `${internet}:25`, `10.88.77.1:${listening}`]);
      // And those beyond the host reach what is published of a lease.
      expect(await strange.reaches('10.88.77.1', hostile.port)).to.equal(true);
    });

    it('finds nothing by scanning the networks of the host', async () => {
      const ports = [...STRANGE_PORTS, 22, 111, 3306, 5432, 6443, 8080, 9200, hostPort.port];
      const targets = [1, 2, 3, 4].flatMap((last) => ports.map((port) => `10.88.77.${String(last)}:${String(port)}`));
      expect(await attempt('reach', ...targets)).to.deep.equal([]);
      await expectNeighboursWell();
    });

    it('reaches nothing at all where its lease has no egress', async () => {
      const offline = await host.started({ egress: 'none' });
      const said = await host.ssh(offline, `nc -w 2 ${strange.internet} 80 </dev/null && echo open`);
      expect(said.stdout).to.equal('');
      await host.end(offline);
    });

    it('is held to its number of processes by a fork bomb, and harms nobody', async () => {
      const bomb = host.ssh(hostile, 'for i in $(seq 2000); do sleep 20 & done 2>/dev/null; true');
      await waitFor('the bomb to go off', async () => (await processesOf(host, hostile)) >= 120);
      await expectNeighboursWell();
      expect(await processesOf(host, hostile)).to.be.at.most(128);
      await host.runtime.signal(hostile.assignment.serial, 'SIGKILL', host.signal);
      await bomb;
      await host.runtime.start(hostile.assignment.serial, host.signal);
      await waitFor('the lease to take logins', async () => (await host.ssh(hostile, 'true')).code === 0);
    });

    it('is killed by its memory bomb, and harms nobody', async () => {
      const before = await memoryFree();
      let isOver = false;
      let least = before;
      const bomb = host.ssh(hostile, 'python3 /tmp/abuse.py memory').finally(() => {
        isOver = true;
      });
      const watching = waitFor('the end of the bomb', async () => {
        least = Math.min(least, await memoryFree());
        return isOver;
      });
      await expectNeighboursWell();
      await watching;
      expect((await bomb).code).to.not.equal(0);
      // Its limit is 128 MiB; other programs of the machine take memory, too.
      expect(before - least).to.be.lessThan(2048 * MIB);
      await waitFor('the lease to take logins', async () => (await host.ssh(hostile, 'true')).code === 0);
    });

    it('fills its own disk and nobody else’s', async () => {
      const before = await diskFree(host.folder);
      const fill =
        'for d in / /root /tmp /var /home; do dd if=/dev/zero of=$d/fill bs=1M count=400 2>&1 | tail -1; done; df / | tail -1';
      const said = await host.ssh(hostile, fill);
      expect(said.stdout).to.match(/100%|99%/);
      // Other tests of the machine write, too.
      expect(before - (await diskFree(host.folder))).to.be.lessThan(600 * MIB);
      expect(
        (await host.ssh(neighbour, 'dd if=/dev/zero of=/root/mine bs=1M count=8 2>&1; rm /root/mine')).code,
      ).to.equal(0);
      await expectNeighboursWell();
      expect((await host.ssh(hostile, 'rm -f /fill /root/fill /tmp/fill /var/fill /home/fill')).code).to.equal(0);
    });

    it('opens no more than its rate of connections', async () => {
      const said = await attempt('flood', `${strange.internet}:80`, '900');
      // 400 at once, and 100 in each second that it takes to begin 900.
      expect(Number(Object.values(said)[0])).to.be.within(1, 700);
      await expectNeighboursWell();
    });
  },
);

async function startMiner(host: LeaseHost): Promise<Assignment> {
  const script = `nc -lk -p 8080 -e true & while :; do echo beat; usleep ${String(BEAT_MS * 1000)}; done`;
  const container = { image: testImage, network: 'bridge' as const, ...shellScript(script) };
  const miner = buildAssignment({ serial: RuntimeFixture.nextSerial(), container });
  await host.runtime.create(miner, host.signal);
  await host.runtime.start(miner.serial, host.signal);
  return miner;
}

async function beatsOf(host: LeaseHost, { serial }: Assignment): Promise<number> {
  const { containerId } = await host.observed(serial);
  const log = await host.docker.getContainer(containerId).logs({ stdout: true, follow: false });
  return log.toString().split('beat').length;
}

async function addressesOf(host: LeaseHost, containerId: string): Promise<{ address: string; gateway: string }> {
  const { NetworkSettings } = await host.docker.getContainer(containerId).inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  return { address: network?.IPAddress ?? '', gateway: network?.Gateway ?? '' };
}

/** Runs commands in a plain container, all at once, and gives the lines that they print. */
async function execIn(host: LeaseHost, { serial }: Assignment, commands: readonly string[]): Promise<string[]> {
  const { containerId } = await host.observed(serial);
  const script = `${commands.map((command) => `(${command}) &`).join('\n')}\nwait`;
  const { stdout } = await run('docker', ['exec', containerId, 'sh', '-c', script]);
  return stdout.trim().split('\n');
}

async function processesOf(host: LeaseHost, { containerId }: RunningLease): Promise<number> {
  const top = (await host.docker.getContainer(containerId).top()) as { Processes: unknown[] };
  return top.Processes.length;
}

async function memoryFree(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1]) * 1024;
}

async function diskFree(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
