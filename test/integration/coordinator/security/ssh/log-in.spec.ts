import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import {
  UserAuthority,
  newHostKey,
  newSshKeyPair,
  readSshPublicKey,
} from '../../../../../coordinator/security/ssh/index.js';
import type { Fleet } from '../../../../../coordinator/fleet/index.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleMiner, sampleWorkload } from '../../../../support/fleet-samples.js';
import { leaseSpec } from '../../../../support/lease-samples.js';
import { readyLease } from '../../../../support/lease-scene.js';
import { SshServer, describeWithSshd } from '../../../../support/ssh-server.js';

const run = promisify(execFile);

describeWithSshd('keys and certificates, to OpenSSH itself,', () => {
  let folder = '';
  const host = newHostKey('l1');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headframe-ssh-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are what its own tool reads, with all that they say', async () => {
    const { certificate, publicKey } = await certified(folder, { untilMs: Date.now() + 3_600_000 });
    const { stdout } = await run('ssh-keygen', ['-L', '-f', certificate]);
    expect(stdout).to.match(/Type: ssh-ed25519-cert-v01@openssh\.com user certificate/);
    expect(stdout).to.match(/Key ID: ".*l1 of alice"/);
    expect(stdout).to.match(/Principals:\s+l1\s+Critical Options: \(none\)\s+Extensions:\s+permit-pty\s*$/);
    const host2 = join(folder, 'host_key');
    await writeFile(host2, host.value, { mode: 0o600 });
    expect((await run('ssh-keygen', ['-y', '-f', host2])).stdout.trim()).to.equal(host.hostKey);
    expect((await run('ssh-keygen', ['-l', '-f', host2])).stdout).to.contain(host.fingerprint);
    expect(publicKey).to.match(/^ssh-ed25519 /);
  });

  it('let their holder in where the lease is, and only while they last', async () => {
    const inTime = await certified(folder, { untilMs: Date.now() + 60_000 });
    const over = await certified(folder, { untilMs: Date.now() - 5_000, nowMs: Date.now() - 120_000 });
    const userCa = await inTime.authority.publicKey();
    const hostKey = Buffer.from(host.value).toString();
    await using server = await SshServer.start({ hostKey, userCa, principal: 'l1' });
    expect(await logIn(server, inTime, host.hostKey)).to.equal('in\n');
    await using elsewhere = await SshServer.start({ hostKey, userCa, principal: 'l2' });
    await refused(logIn(elsewhere, inTime, host.hostKey));
    const { authority } = over;
    await using ofOver = await SshServer.start({ hostKey, userCa: await authority.publicKey(), principal: 'l1' });
    await refused(logIn(ofOver, over, host.hostKey));
    expect(ofOver.log).to.contain('expired');
    // Somebody else's authority certifies nobody here.
    await refused(logIn(server, over, host.hostKey));
  });

  it('are signed by the key that a lease was made with, also once new leases have another', async () => {
    const old = await certified(folder, { untilMs: Date.now() + 60_000 });
    const { authority } = old;
    const first = await authority.publicKey();
    const { fingerprint } = (await authority.view()).current;
    addLease(old.fleet, first);
    await authority.rotate(fingerprint, 'root');
    const times = { untilMs: Date.now() + 60_000 };
    const [ofOld, ofNew] = [
      await certified(folder, { ...times, of: old, userCa: first }),
      await certified(folder, { ...times, of: old, userCa: authority.current }),
    ];
    const hostKey = Buffer.from(host.value).toString();
    await using former = await SshServer.start({ hostKey, userCa: first, principal: 'l1' });
    await using current = await SshServer.start({ hostKey, userCa: authority.current, principal: 'l1' });
    expect(await logIn(former, ofOld, host.hostKey)).to.equal('in\n');
    expect(await logIn(current, ofNew, host.hostKey)).to.equal('in\n');
    await refused(logIn(former, ofNew, host.hostKey));
    await refused(logIn(current, ofOld, host.hostKey));
  });

  it('show a client which server it is', async () => {
    const inTime = await certified(folder, { untilMs: Date.now() + 60_000 });
    const hostKey = Buffer.from(host.value).toString();
    const userCa = await inTime.authority.publicKey();
    await using server = await SshServer.start({ hostKey, userCa, principal: 'l1' });
    await refused(logIn(server, inTime, newHostKey('l1').hostKey));
  });
});

interface Holder {
  readonly fleet: Fleet;
  readonly authority: UserAuthority;
  readonly identity: string;
  readonly certificate: string;
  readonly publicKey: string;
}

async function certified(
  folder: string,
  {
    of,
    userCa,
    ...times
  }: {
    readonly untilMs: number;
    readonly nowMs?: number;
    readonly of?: Pick<Holder, 'fleet' | 'authority'>;
    readonly userCa?: string;
  },
): Promise<Holder> {
  const fleet = of?.fleet ?? (await openFleetFixture()).fleet;
  const authority = of?.authority ?? new UserAuthority(fleet, new Protector({ kind: 'key', secret: randomBytes(32) }));
  const trusted = userCa ?? (await authority.publicKey());
  const { privateKey, publicKey } = newSshKeyPair('holder');
  const read = readSshPublicKey(publicKey);
  if (!read.ok) expect.fail(read.problem.expected);
  const who = { key: read.key, lease: 'l1', userCa: trusted, owner: 'alice' };
  const wish = { ...who, nowMs: Date.now(), ...times, portForwarding: false };
  const identity = join(folder, `id-${randomBytes(4).toString('hex')}`);
  const certificate = `${identity}-cert.pub`;
  await writeFile(identity, privateKey, { mode: 0o600 });
  await writeFile(certificate, `${(await authority.issue(wish)).line}\n`);
  return { fleet, authority, identity, certificate, publicKey };
}

/** A lease whose server trusts a key of the authority. */
function addLease(fleet: Fleet, userCa: string): void {
  fleet.transact((tx) => {
    const spec = { name: 'l1', kind: 'lease', lease: leaseSpec({ lease: 'l1', userCa }) } as const;
    tx.putMiner(sampleMiner(spec, { workloadId: 1 }));
    tx.putWorkload({ ...sampleWorkload(spec), lease: spec.lease });
    tx.putLease(readyLease({ id: 'l1', serial: tx.createInstances('l1', 1, 1, { reason: 'queued', text: '' }) }));
  });
}

async function logIn({ port, folder }: SshServer, holder: Holder, hostKey: string): Promise<string> {
  const known = join(folder, 'known_hosts');
  await writeFile(known, `lease ${hostKey}\n`);
  const options = {
    ...{ BatchMode: 'yes', IdentitiesOnly: 'yes', IdentityAgent: 'none', StrictHostKeyChecking: 'yes' },
    ...{ HostKeyAlias: 'lease', UserKnownHostsFile: known, GlobalKnownHostsFile: '/dev/null' },
    CertificateFile: holder.certificate,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const args = ['-F', 'none', ...flags, '-i', holder.identity, '-p', String(port), 'root@127.0.0.1', 'echo in'];
  return (await run('ssh', args)).stdout;
}

async function refused(login: Promise<string>): Promise<void> {
  const outcome = await login.then(
    (text) => text,
    (error: unknown) => error,
  );
  expect(outcome).to.have.property('code', 255);
}
