import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { leaseBridge, leaseNames } from '../../../../agent/kinds/lease/index.js';
import { describeWith } from '../../../support/describe-with.js';
import { expectReason } from '../../../support/expect-reason.js';
import { LeaseHost, whyNoLeases } from '../../../support/lease-host.js';
import type { RunningLease } from '../../../support/lease-host.js';

const MIB = 2 ** 20;

describeWith(whyNoLeases())('a lease on a real engine', function () {
  this.timeout(120_000);
  let host: LeaseHost;
  let lease: RunningLease;
  before(async () => {
    host = await LeaseHost.open();
    lease = await host.started();
  });
  after(() => host.close());

  const inside = async (command: string): Promise<string> => {
    const said = await host.ssh(lease, command);
    expect(said.code, said.stderr).to.equal(0);
    return said.stdout.trim();
  };

  it('is announced by a host that can hold it, with its disk enforced', async () => {
    expect((await host.runtime.info(host.signal)).capabilities).to.include.members(['lease', 'lease_disk']);
  });

  it('lets its renter in as root, and nobody with another key', async () => {
    expect(await inside('id -u')).to.equal('0');
    const stranger = join(host.folder, 'stranger');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
    expect((await host.ssh(lease, 'true', { identity: stranger })).code).to.equal(255);
  });

  it('has its limits in the kernel, as seen from inside', async () => {
    const status = await inside('cat /proc/self/status');
    expect(status)
      .to.match(/^NoNewPrivs:\t1$/m)
      .and.match(/^Seccomp:\t2$/m);
    expect(status).to.match(/^CapBnd:\t00000000200404fb$/m);
    expect(await inside('ulimit -n; ulimit -c')).to.equal('16384\n0');
    const disk = Number(await inside("df -k / | tail -1 | awk '{print $2}'")) * 1024;
    expect(disk).to.be.within(80 * MIB, 128 * MIB);
    const info = await host.docker.getContainer(lease.containerId).inspect();
    expect(info.HostConfig).to.include({ PidsLimit: 128, Memory: 128 * MIB, MemorySwap: 128 * MIB, NanoCpus: 5e8 });
  });

  it('ends a write at the size of its disk, and the host keeps its own', async () => {
    const said = await host.ssh(lease, 'dd if=/dev/zero of=/fill bs=1M count=400 2>&1; rm /fill');
    expect(said.stdout).to.match(/No space left on device/);
  });

  it('keeps what its renter wrote when it is stopped, its disk is not mounted any more, and it is started again', async () => {
    await inside('echo mine > /root/note');
    const { serial } = lease.assignment;
    await host.runtime.stop(serial, 500, host.signal);
    // As a boot of the machine leaves it.
    execFileSync('umount', [host.mountOf(serial)]);
    expect(host.mountOf(serial)).to.equal('');
    await host.runtime.start(serial, host.signal);
    const mount = ` ${host.mountOf(serial)} ext4 rw,nosuid,nodev`;
    expect(readFileSync('/proc/mounts', 'utf8')).to.include(mount);
    expect((await host.patiently(lease, 'cat /root/note || true')).stdout).to.equal('mine\n');
  });

  it('has its rules put back where somebody has taken them away', async () => {
    const { forwardChain } = leaseNames(host.hostId);
    execFileSync('iptables', ['-w', '-F', forwardChain]);
    expect(rulesOf(host.hostId)).to.have.length.lessThan(12);
    await host.runtime.keepLeases(() => new Set([lease.assignment.serial]), host.signal);
    expect(rulesOf(host.hostId)).to.have.length.greaterThan(20);
    const after = rulesOf(host.hostId);
    await host.runtime.keepLeases(() => new Set([lease.assignment.serial]), host.signal);
    expect(rulesOf(host.hostId)).to.deep.equal(after);
  });

  it('is left alone by the sweep of an agent that was started again, while it is held', async () => {
    const again = host.reopen();
    await again.keepLeases(() => new Set([lease.assignment.serial]), host.signal);
    await again.close();
    expect(await inside('cat /root/note')).to.equal('mine');
  });

  it('is not started while its network cannot be made, though its container is there, and is once it can', async () => {
    const assignment = await host.assignment();
    const { serial } = assignment;
    const bridge = leaseBridge(host.hostId, serial);
    const inTheWay = await host.docker.createNetwork({
      Name: `in-the-way-${bridge}`,
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: '10.214.0.0/29' }] },
      Options: { 'com.docker.network.bridge.name': bridge },
    });
    await expectReason(host.start(assignment), 'lease_network_failed').finally(() => inTheWay.remove());
    expect((await host.observed(serial)).status).to.equal('created');
    await expectReason(host.runtime.start(serial, host.signal), 'engine_error');
    const containerId = await host.runtime.create(assignment, host.signal);
    await host.runtime.start(serial, host.signal);
    const running = { assignment, containerId, port: assignment.hostPorts[0] ?? 0 };
    expect((await host.patiently(running, 'id -u')).stdout).to.equal('0\n');
    await host.end(running);
    expect(remainsOf(host, serial)).to.deep.equal([]);
  });

  it('leaves nothing behind when it ends', async () => {
    const other = await host.started({ egress: 'none' });
    const { serial } = other.assignment;
    const bridge = leaseBridge(host.hostId, serial);
    expect(existsSync(`/sys/class/net/${bridge}`)).to.equal(true);
    expect(rulesOf(host.hostId).join('\n')).to.include(bridge);
    await host.end(other);
    expect(remainsOf(host, serial)).to.deep.equal([]);
    expect(rulesOf(host.hostId).join('\n')).to.not.include(bridge);
  });

  it('leaves nothing behind when its agent dies half way, once the next one has looked', async () => {
    const assignment = await host.assignment();
    const { serial } = assignment;
    await host.start(assignment);
    // Gone without a word to the agent: its container alone.
    await host.docker.getContainer(`headframe-lease-${String(serial)}-${String(serial)}`).stop({ t: 0 });
    await host.runtime.stop(serial, 0, host.signal);
    execFileSync('umount', [host.mountOf(serial)]);
    await host.docker.getContainer(`headframe-lease-${String(serial)}-${String(serial)}`).remove();
    expect(remainsOf(host, serial)).to.not.deep.equal([]);
    const next = host.reopen();
    await next.keepLeases(() => new Set([lease.assignment.serial]), host.signal);
    await next.close();
    expect(remainsOf(host, serial)).to.deep.equal([]);
    // Nor does a runtime that had known of it bring its rules back.
    await host.runtime.keepLeases(() => new Set([lease.assignment.serial]), host.signal);
    expect(rulesOf(host.hostId).join('\n')).to.not.include(leaseBridge(host.hostId, serial));
  });
});

function rulesOf(hostId: string): string[] {
  const { forwardChain, inputChain } = leaseNames(hostId);
  const lines = execFileSync('iptables-save', ['-t', 'filter'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.startsWith('-A') && (line.includes(forwardChain) || line.includes(inputChain)));
}

/** What there still is of a lease on the machine. */
function remainsOf(host: LeaseHost, serial: number): string[] {
  const bridge = leaseBridge(host.hostId, serial);
  const networks = execFileSync('docker', ['network', 'ls', '--format', '{{.Name}}'], { encoding: 'utf8' });
  return [
    ...(existsSync(`/sys/class/net/${bridge}`) ? ['bridge'] : []),
    ...(networks.includes(bridge) ? ['network'] : []),
    ...(existsSync(join(host.leasesFolder, String(serial))) ? ['folder'] : []),
    ...(host.mountOf(serial) === '' ? [] : ['mount']),
  ];
}
