import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { describeWith } from '../../support/describe-with.js';
import { testImage } from '../../support/docker.js';
import { LeaseHost, whyNoLeases } from '../../support/lease-host.js';
import type { RunningLease } from '../../support/lease-host.js';
import { OwnEngine, whyNoOwnEngine } from '../../support/own-engine.js';
import { waitFor } from '../../support/wait-for.js';

describeWith(whyNoOwnEngine() ?? whyNoLeases())('an engine that is started again with a tenant on', function () {
  this.timeout(180_000);
  let engine: OwnEngine;
  let host: LeaseHost;
  let lease: RunningLease;
  before(async () => {
    engine = await OwnEngine.open(testImage, ['--live-restore']);
    host = await LeaseHost.open({ socket: engine.socket });
    lease = await host.started();
    expect((await host.ssh(lease, 'echo mine > /root/note')).code).to.equal(0);
  });
  after(async () => {
    await host.close();
    await engine.close();
  });

  const held = (): Set<number> => new Set([lease.assignment.serial]);

  it('lets it work on, where it was killed with live-restore', async () => {
    const { pid } = await host.observed(lease.assignment.serial);
    await engine.kill();
    await engine.start(['--live-restore']);
    await host.runtime.keepLeases(held, host.signal);
    await waitFor('the tenant', async () => (await host.observed(lease.assignment.serial)).pid === pid);
    expect((await host.patiently(lease, 'cat /root/note')).stdout).to.equal('mine\n');
  });

  it('has it started in place with what it wrote, and within its disk, where it was stopped and unmounted with the engine', async () => {
    const { serial } = lease.assignment;
    await engine.stop();
    await engine.start([]);
    await host.runtime.keepLeases(held, host.signal);
    expect((await host.observed(serial)).status).to.equal('exited');
    // A mount survives the engine, and no boot of the machine.
    execFileSync('umount', [host.mountOf(serial)]);
    await host.runtime.start(serial, host.signal);
    expect((await host.patiently(lease, 'cat /root/note')).stdout).to.equal('mine\n');
    const filled = await host.ssh(lease, 'dd if=/dev/zero of=/fill bs=1M count=400 2>&1');
    expect(filled.stdout).to.match(/No space left on device/);
  });
});
