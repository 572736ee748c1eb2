import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { expect } from 'chai';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { UserAuthority, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';
import type { SshPublicKey } from '../../../../../coordinator/security/ssh/public-key.js';
import { SshReader } from '../../../../../coordinator/security/ssh/wire.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { SSH_KEYS } from '../../../../support/ssh-keys.js';

const NOW = 1_800_000_000_500;
const UNTIL = NOW + 3_600_000;

describe("the fleet's authority of SSH users", () => {
  it('certifies a key of any kind for its lease alone, from a minute ago until the end', async () => {
    const { authority, wish } = await open();
    for (const { line } of [SSH_KEYS.ed25519, SSH_KEYS.p256, SSH_KEYS.p521, SSH_KEYS.rsa3072]) {
      const given = await authority.issue({ ...wish, key: keyOf(line) });
      const said = read(given.line, keyOf(line));
      expect(said).to.deep.include({ type: 1, principals: ['l1'], critical: 0, serial: given.serial });
      expect(said.keyId).to.contain('l1').and.to.contain('alice');
      expect(said.after).to.equal(BigInt(Math.ceil((NOW - 60_000) / 1_000)));
      expect(said.before).to.equal(BigInt(Math.floor(UNTIL / 1_000)));
      expect(said.extensions).to.deep.equal(['permit-pty']);
      expect(said.isSigned).to.equal(true);
      expect(said.signer).to.equal((await authority.publicKey()).split(' ')[1]);
    }
  });

  it('permits to forward ports where it is told to, and numbers each certificate anew', async () => {
    const { authority, wish } = await open();
    const one = await authority.issue({ ...wish, portForwarding: true });
    const said = read(one.line, wish.key);
    expect(said.extensions).to.deep.equal(['permit-port-forwarding', 'permit-pty']);
    expect((await authority.issue(wish)).serial).not.to.equal(one.serial);
  });

  it('has one key, also where two ask at once and after a restart, and keeps it sealed', async () => {
    const { authority, fleet, protector, wish } = await open();
    const [one, two] = await Promise.all([authority.publicKey(), authority.publicKey()]);
    expect(two).to.equal(one);
    expect(await new UserAuthority(fleet, protector).publicKey()).to.equal(one);
    expect(readSshPublicKey(one).ok).to.equal(true);
    const other = new UserAuthority(fleet, new Protector({ kind: 'key', secret: randomBytes(32) }));
    await expectReason(other.issue(wish), 'protector_wrong');
  });

  it('certifies nothing beyond the end of a lease', async () => {
    const { authority, wish } = await open();
    await expectReason(authority.issue({ ...wish, untilMs: NOW }), 'certificate_ended');
  });
});

async function open() {
  const { fleet } = await openFleetFixture();
  const protector = new Protector({ kind: 'key', secret: randomBytes(32) });
  const authority = new UserAuthority(fleet, protector);
  const key = keyOf(SSH_KEYS.ed25519.line);
  const userCa = await authority.publicKey();
  const wish = { key, lease: 'l1', userCa, owner: 'alice', nowMs: NOW, untilMs: UNTIL, portForwarding: false };
  return { fleet, protector, authority, wish };
}

function keyOf(line: string): SshPublicKey {
  const verdict = readSshPublicKey(line);
  return verdict.ok ? verdict.key : expect.fail(verdict.problem.expected);
}

/** Takes a certificate apart, as a server would. */
function read(line: string, key: SshPublicKey) {
  const [type = '', base64 = ''] = line.split(' ');
  const blob = Buffer.from(base64, 'base64');
  let at = 0;
  const string = (): Buffer => {
    const value = new SshReader(blob.subarray(at)).string();
    at += 4 + value.length;
    return value;
  };
  const uint64 = (): bigint => blob.readBigUInt64BE((at += 8) - 8);
  expect(string().toString()).to.equal(type);
  expect(string()).to.have.length(32);
  const inKey = new SshReader(key.blob);
  expect(`${inKey.string().toString()}-cert-v01@openssh.com`).to.equal(type);
  while (!inKey.atEnd) expect(string().equals(inKey.string())).to.equal(true);
  const serial = uint64();
  const kind = blob.readUInt32BE((at += 4) - 4);
  const [keyId, principals, after, before] = [string().toString(), namesIn(string()), uint64(), uint64()];
  const [critical, extensions, reserved, signer] = [string().length, namesIn(string()), string().length, string()];
  const unsigned = blob.subarray(0, at);
  const signature = new SshReader(string());
  expect([at, reserved, signature.string().toString()]).to.deep.equal([blob.length, 0, 'ssh-ed25519']);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: signer.subarray(-32).toString('base64url') };
  return {
    ...{ serial, type: kind, keyId, principals, after, before, critical },
    extensions: extensions.filter((name) => name !== ''),
    signer: signer.toString('base64'),
    isSigned: verify(null, unsigned, createPublicKey({ key: jwk, format: 'jwk' }), signature.string()),
  };
}

function namesIn(bytes: Buffer): string[] {
  const reader = new SshReader(bytes);
  const names: string[] = [];
  while (!reader.atEnd) names.push(reader.string().toString());
  return names;
}
