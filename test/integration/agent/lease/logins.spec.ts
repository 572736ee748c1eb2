import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWith } from '../../../support/describe-with.js';
import { LeaseHost, whyNoLeases } from '../../../support/lease-host.js';
import { buildPythonImage, pythonImage } from '../../../support/python-image.js';

describeWith(whyNoLeases())('logins to a lease', function () {
  this.timeout(120_000);
  let host: LeaseHost;
  before(async () => {
    await buildPythonImage();
    host = await LeaseHost.open();
    keygen('-t', 'ed25519', '-N', '', '-f', join(host.folder, 'authority'));
  });
  after(() => host.close());

  it('are had by a certificate of the fleet that names the lease, while it is good', async () => {
    const userCa = readFileSync(join(host.folder, 'authority.pub'), 'utf8').trim();
    // Whoever has no key there has a certificate alone.
    const assignment = await host.assignment({ userCa, authorizedKeys: [] });
    const lease = await host.start(assignment);
    const name = assignment.workload.miner;
    const good = certified(host, 'good', ['-n', name, '-V', '-1m:+10m']);
    const said = await host.patiently(lease, 'id -u', { identity: good });
    expect(said.stdout, said.stderr).to.equal('0\n');
    for (const [file, ...options] of [
      ['other', '-n', 'another-lease', '-V', '-1m:+10m'],
      ['late', '-n', name, '-V', '-2h:-1h'],
      ['nobody', '-V', '-1m:+10m'],
    ] as const) {
      const identity = certified(host, file, options);
      expect((await host.ssh(lease, 'true', { identity })).code, file).to.equal(255);
    }
    await host.end(lease);
  });

  it('let a probe read the limits, whatever it asks for, and do nothing else', async () => {
    const probe = join(host.folder, 'probe');
    keygen('-t', 'ed25519', '-N', '', '-f', probe);
    const probeKey = readFileSync(`${probe}.pub`, 'utf8').trim();
    const lease = await host.started({ probeKey });
    const said = await host.ssh(lease, 'touch /root/was-here', { identity: probe });
    expect(said.stdout)
      .to.match(/^(memory.max|memory\/memory.limit_in_bytes) 134217728$/m)
      .and.match(/^end$/m);
    expect((await host.ssh(lease, 'ls /root/was-here')).code).to.not.equal(0);
    await host.end(lease);
  });

  it('are had in an image whose root is locked and which has no accounts to speak of', async () => {
    const lease = await host.started({}, { container: { image: pythonImage } });
    const said = await host.ssh(lease, 'cat /proc/1/cmdline | tr "\\0" " "; python3 -c "print(6 * 7)"');
    expect(said.stdout).to.match(/entry/).and.match(/42/);
    await host.end(lease);
  });

  it('meet the host key that the coordinator gave the lease', async () => {
    const lease = await host.started();
    const key = join(host.folder, 'secrets', String(lease.assignment.serial), '0', 'host_key.pub');
    const shown = execFileSync('ssh-keyscan', ['-t', 'ed25519', '-p', String(lease.port), '127.0.0.1'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(shown).to.include(readFileSync(key, 'utf8').split(' ').slice(0, 2).join(' '));
    await host.end(lease);
  });
});

/** A new key with a certificate by the fixture's authority; the client offers both. */
function certified(host: LeaseHost, name: string, options: readonly string[]): string {
  const key = join(host.folder, name);
  keygen('-t', 'ed25519', '-N', '', '-f', key);
  keygen('-s', join(host.folder, 'authority'), '-I', name, ...options, `${key}.pub`);
  return key;
}

function keygen(...args: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', ...args]);
}
