import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LeaseState } from '../../../../../common/model/lease-record.js';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { ForgetLoop, UserAuthority, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';
import type { Fleet } from '../../../../../coordinator/fleet/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleMiner, sampleWorkload } from '../../../../support/fleet-samples.js';
import { leaseSpec } from '../../../../support/lease-samples.js';
import { readyLease } from '../../../../support/lease-scene.js';
import { SSH_KEYS } from '../../../../support/ssh-keys.js';

describe('a new key of the authority of SSH users', () => {
  it('signs for leases that trust it, while the former one signs for those that were made with that', async () => {
    const { authority, fleet, rotate, signerOf } = await open();
    const first = await authority.publicKey();
    addLease(fleet, 'old', first);
    await rotate();
    const second = authority.current;
    expect(second).not.to.equal(first);
    expect(await authority.publicKey()).to.equal(second);
    addLease(fleet, 'new', second);
    expect(await signerOf(first)).to.equal(keyOf(first));
    expect(await signerOf(second)).to.equal(keyOf(second));
    const { current, former } = await authority.view();
    expect([current.publicKey, current.leases, current.rotatedAtMs]).to.deep.equal([second, ['new'], 0]);
    expect(former.map(({ publicKey, leases }) => [publicKey, leases])).to.deep.equal([[first, ['old']]]);
    expect(former[0]?.fingerprint).to.equal(fingerprintOf(first));
    expect(former[0]?.rotatedAtMs).to.be.greaterThan(0);
  });

  it('is kept sealed with the former one, and both are there after a restart', async () => {
    const { authority, fleet, protector, rotate, signerOf } = await open();
    const first = await authority.publicKey();
    addLease(fleet, 'old', first);
    await rotate();
    const again = new UserAuthority(fleet, protector);
    expect(again.current).to.equal(authority.current);
    expect(await signerOf(first, again)).to.equal(keyOf(first));
    const stranger = new UserAuthority(fleet, new Protector({ kind: 'key', secret: randomBytes(32) }));
    await expectReason(signerOf(first, stranger), 'protector_wrong');
    await expectReason(signerOf(authority.current, stranger), 'protector_wrong');
  });

  it('has each former one kept until the last lease that trusts it is released, and forgotten then', async () => {
    const { authority, fleet, rotate, signerOf, events } = await open();
    const first = await authority.publicKey();
    addLease(fleet, 'a', first, 1);
    addLease(fleet, 'b', first, 2);
    await rotate();
    const second = authority.current;
    addLease(fleet, 'c', second, 3);
    await rotate();
    const kept = async (): Promise<(string | undefined)[]> =>
      (await authority.view()).former.map(({ publicKey }) => publicKey);
    expect(await kept()).to.deep.equal([first, second]);
    release(fleet, 'c');
    release(fleet, 'a');
    await authority.forget();
    expect(await kept()).to.deep.equal([first]);
    expect(await signerOf(first)).to.equal(keyOf(first));
    await expectReason(signerOf(second), 'ssh_authority_gone');
    release(fleet, 'b', 'expiring');
    await authority.forget();
    expect(await kept()).to.deep.equal([first]);
    release(fleet, 'b');
    await authority.forget();
    expect(await kept()).to.deep.equal([]);
    expect(JSON.stringify(fleet.setting('sshUserAuthority'))).to.contain('"former":[]');
    const [rotated, forgotten] = ['ssh_authority_rotated', 'ssh_authority_forgotten'];
    expect(events).to.deep.equal([rotated, rotated, forgotten, forgotten]);
  });

  it('leaves nothing of a former one that no lease ever trusted', async () => {
    const { authority, rotate, signerOf } = await open();
    const first = await authority.publicKey();
    await rotate();
    expect((await authority.view()).former).to.deep.equal([]);
    await expectReason(signerOf(first), 'ssh_authority_gone');
    await expectReason(signerOf(''), 'ssh_authority_gone');
  });

  it('is made once by a request that is repeated, and not in place of another than was named', async () => {
    const { authority, events } = await open();
    const first = fingerprintOf(await authority.publicKey());
    await Promise.all([authority.rotate(first, 'root'), authority.rotate(first, 'root')]);
    await authority.rotate(first, 'root');
    expect(events.filter((reason) => reason === 'ssh_authority_rotated')).to.have.length(1);
    const refused = await expectReason(
      authority.rotate(`SHA256:${'A'.repeat(43)}`, 'root'),
      'ssh_authority_not_current',
    );
    const second = fingerprintOf(authority.current);
    expect(refused.metadata).to.deep.equal({ current: second });
    await authority.rotate(second, 'root');
    await expectReason(authority.rotate(first, 'root'), 'ssh_authority_not_current');
  });

  it('can be made before there is any', async () => {
    const { authority } = await open();
    const { current } = await authority.view();
    await authority.rotate(current.fingerprint, 'root');
    expect(fingerprintOf(authority.current)).not.to.equal(current.fingerprint);
  });

  it('has those of ended leases forgotten by a loop, again and again until it is stopped', async () => {
    const { authority, clock } = await open();
    let looks = 0;
    const forget = (): Promise<void> => {
      looks += 1;
      return authority.forget();
    };
    const stop = new AbortController();
    const running = new ForgetLoop({ forget }, clock).start(stop.signal);
    for (let round = 0; round < 3; round += 1) {
      while (clock.pendingTimers === 0) await new Promise(setImmediate);
      clock.advance(30_000);
    }
    while (clock.pendingTimers === 0) await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(looks).to.equal(4);
  });
});

async function open() {
  const { fleet, clock } = await openFleetFixture();
  const protector = new Protector({ kind: 'key', secret: randomBytes(32) });
  const authority = new UserAuthority(fleet, protector);
  const events: string[] = [];
  fleet.onDurable((commit) => events.push(...commit.events.map(({ reason }) => reason)));
  const rotate = async (): Promise<void> => {
    await authority.rotate(fingerprintOf(authority.current), 'root');
  };
  const signerOf = async (userCa: string, by = authority): Promise<string> => {
    const nowMs = clock.nowMs();
    const wish = { lease: 'l', userCa, owner: 'alice', nowMs, untilMs: nowMs + 60_000, portForwarding: false };
    const { line } = await by.issue({ ...wish, key: publicKeyOf(SSH_KEYS.ed25519.line) });
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
    // Of two the one whose key stands in the certificate, before its signature of 83 bytes with their lengths.
    return blob.subarray(-(87 + 51), -87).toString('base64');
  };
  return { fleet, clock, protector, authority, events, rotate, signerOf };
}

function addLease(fleet: Fleet, id: string, userCa: string, workload = fleet.revision + 10): void {
  fleet.transact((tx) => {
    const spec = { name: id, kind: 'lease', lease: leaseSpec({ lease: id, userCa }) } as const;
    tx.putMiner(sampleMiner(spec, { workloadId: workload }));
    tx.putWorkload({ ...sampleWorkload(spec, workload), lease: spec.lease });
    const serial = tx.createInstances(id, workload, 1, { reason: 'queued', text: '' });
    tx.putLease(readyLease({ id, serial }));
  });
}

function release(fleet: Fleet, id: string, state: LeaseState = 'released'): void {
  fleet.transact((tx) => {
    const lease = tx.lease(id);
    if (lease !== undefined) tx.putLease({ ...lease, state });
  });
}

function publicKeyOf(line: string) {
  const read = readSshPublicKey(line);
  return read.ok ? read.key : expect.fail(read.problem.expected);
}

function fingerprintOf(line: string): string {
  return publicKeyOf(line).fingerprint;
}

function keyOf(line: string): string {
  return line.split(' ')[1] ?? '';
}
