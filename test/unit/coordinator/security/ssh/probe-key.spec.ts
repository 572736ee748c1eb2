import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { expect } from 'chai';
import { probeKeyLine } from '../../../../../common/model/lease-probe.js';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { ProbeKey, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';

describe('the key of SSH probes', () => {
  it('is one, kept and signing by its public half', async () => {
    const { fleet } = await openFleetFixture();
    const protector = new Protector({ kind: 'key', secret: randomBytes(32) });
    const key = new ProbeKey(fleet, protector);
    const line = await key.publicKey();
    expect(await new ProbeKey(fleet, protector).publicKey()).to.equal(line);
    const read = readSshPublicKey(line);
    if (!read.ok) expect.fail(read.problem.expected);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: read.key.blob.subarray(-32).toString('base64url') };
    const content = Buffer.from('a login');
    const signature = await key.sign(content);
    expect(verify(null, content, createPublicKey({ key: jwk, format: 'jwk' }), signature)).to.equal(true);
  });

  it('stands in a file behind one command that nothing in it can end early', () => {
    const line = probeKeyLine('ssh-ed25519 AAAA headframe-probe');
    const [, command = ''] = /^restrict,command="([^"\\]*)" ssh-ed25519 AAAA headframe-probe$/.exec(line) ?? [];
    expect(command)
      .to.contain('/sys/fs/cgroup')
      .and.to.match(/echo end$/);
    // A line of dropbear's file may have no more.
    expect(line.length).to.be.lessThan(1_000);
  });
});
