import { expect } from 'chai';
import { judgeAuthorizedKeys, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';
import { SshWriter } from '../../../../../coordinator/security/ssh/wire.js';
import { SSH_KEYS } from '../../../../support/ssh-keys.js';

const { ed25519, p256, p384, p521, rsa2048, rsa3072 } = SSH_KEYS;

describe('the public keys of SSH', () => {
  it('are read with the fingerprint that ssh-keygen shows', () => {
    for (const { line, fingerprint } of [ed25519, p256, p384, p521, rsa3072]) {
      const verdict = readSshPublicKey(`${line}\n`);
      expect(verdict, line).to.deep.include({ ok: true });
      expect(verdict.ok && verdict.key.fingerprint).to.equal(fingerprint);
      expect(verdict.ok && verdict.key.line).to.equal(line);
    }
  });

  it('of security tokens are taken, with the name of their application alone', () => {
    const pub = blobOf(ed25519.line).subarray(-32);
    const type = 'sk-ssh-ed25519@openssh.com';
    expect(readSshPublicKey(lineOf(type, (key) => key.string(pub).string('ssh:'))).ok).to.equal(true);
    expect(readSshPublicKey(lineOf(type, (key) => key.string(pub))).ok).to.equal(false);
    expect(readSshPublicKey(lineOf(type, (key) => key.string(pub).string(''))).ok).to.equal(false);
    const ecdsa = 'sk-ecdsa-sha2-nistp256@openssh.com';
    const point = blobOf(p256.line).subarray(-65);
    const build = (key: SshWriter): SshWriter => key.string('nistp256').string(point).string('ssh:');
    expect(readSshPublicKey(lineOf(ecdsa, build)).ok).to.equal(true);
  });

  it('have nothing in the line but type, key and comment', () => {
    const [type = '', base64 = ''] = ed25519.line.split(' ');
    for (const line of [
      `command="/bin/sh" ${ed25519.line}`,
      `restrict,pty ${ed25519.line}`,
      `cert-authority ${ed25519.line}`,
      `# ${ed25519.line}`,
      `@revoked * ${ed25519.line}`,
      `${ed25519.line}\n${p256.line}`,
      `${ed25519.line}\r${p256.line}`,
      `${ed25519.line}\u0000`,
      type,
      `${type} ${base64.slice(0, -4)}`,
      `${type} ${base64.slice(0, -1)}!`,
      `${type} ${base64}====`,
      `ssh-rsa ${base64}`,
      `ssh-ed25519-cert-v01@openssh.com ${base64}`,
      `ssh-dss ${base64}`,
      `${type} ${base64} ${'c'.repeat(201)}`,
      '',
      'x'.repeat(20_000),
    ])
      expect(readSshPublicKey(line).ok, line).to.equal(false);
    expect(readSshPublicKey(`  ${type}\t${base64}  josé at home `)).to.have.nested.property(
      'key.line',
      `${type} ${base64} josé at home`,
    );
  });

  it('are strong, whole and on their curve', () => {
    expect(readSshPublicKey(rsa2048.line)).to.have.nested.property('problem.expected').that.contains('2048');
    const point = Buffer.from(blobOf(p256.line).subarray(-65));
    point[64] = (point[64] ?? 0) ^ 1;
    const off = lineOf('ecdsa-sha2-nistp256', (key) => key.string('nistp256').string(point));
    expect(readSshPublicKey(off).ok).to.equal(false);
    const other = lineOf('ecdsa-sha2-nistp256', (key) =>
      key.string('nistp384').string(blobOf(p256.line).subarray(-65)),
    );
    expect(readSshPublicKey(other).ok).to.equal(false);
    const pub = blobOf(ed25519.line).subarray(-32);
    expect(readSshPublicKey(lineOf('ssh-ed25519', (key) => key.string(pub))).ok).to.equal(true);
    expect(readSshPublicKey(lineOf('ssh-ed25519', (key) => key.string(pub.subarray(1)))).ok).to.equal(false);
    expect(readSshPublicKey(lineOf('ssh-ed25519', (key) => key.string(pub).string('more'))).ok).to.equal(false);
    const otherwise = new SshWriter().string('ssh-rsa').string(pub).bytes().toString('base64');
    expect(readSshPublicKey(`ssh-ed25519 ${otherwise}`).ok).to.equal(false);
  });

  it('of RSA have numbers in their one form and an odd exponent', () => {
    const n = blobOf(rsa3072.line).subarray(-385);
    const rsa = (e: number[], modulus: Uint8Array): boolean =>
      readSshPublicKey(lineOf('ssh-rsa', (key) => key.string(Buffer.from(e)).string(modulus))).ok;
    expect(rsa([1, 0, 1], n)).to.equal(true);
    expect(rsa([1], n)).to.equal(false);
    expect(rsa([4], n)).to.equal(false);
    expect(rsa([], n)).to.equal(false);
    expect(rsa([0, 1, 0, 1], n)).to.equal(false);
    expect(rsa([1, 0, 1], Buffer.concat([Buffer.alloc(1), n]))).to.equal(false);
    expect(rsa([1, 0, 1], n.subarray(1))).to.equal(false);
  });

  it('never show what is private', () => {
    const verdict = readSshPublicKey('-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n');
    expect(verdict.ok).to.equal(false);
    expect(JSON.stringify(verdict)).not.to.contain('b3BlbnNzaC1rZXk');
  });

  it('of a lease are each kept once, and what is wrong is told by its place', () => {
    const again = ed25519.line.replace('ed25519-256', 'again');
    expect(judgeAuthorizedKeys([ed25519.line, p256.line, again], 'keys')).to.deep.equal({
      keys: [again, p256.line],
      violations: [],
    });
    const { violations } = judgeAuthorizedKeys([ed25519.line, rsa2048.line, ''], 'keys');
    expect(violations.map(({ path }) => path)).to.deep.equal(['keys[1]', 'keys[2]']);
    const many = Array.from({ length: 33 }, () => ed25519.line);
    expect(judgeAuthorizedKeys(many, 'keys').violations).to.have.length(1);
  });
});

function blobOf(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}

function lineOf(type: string, build: (key: SshWriter) => SshWriter): string {
  return `${type} ${build(new SshWriter().string(type)).bytes().toString('base64')}`;
}
