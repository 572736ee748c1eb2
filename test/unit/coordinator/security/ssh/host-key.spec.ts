import { expect } from 'chai';
import { SECRET_NAME } from '../../../../../common/model/secret.js';
import { hostKeySecret, newHostKey, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';

describe('the host key of a lease', () => {
  it('is another each time, and a secret that is called by its lease', () => {
    const [one, other] = [newHostKey('l1'), newHostKey('l1')];
    expect(one.hostKey).not.to.equal(other.hostKey);
    expect(one.secret).to.equal(hostKeySecret('l1')).and.to.match(SECRET_NAME);
    const read = readSshPublicKey(one.hostKey);
    expect(read.ok && [read.key.type, read.key.fingerprint]).to.deep.equal(['ssh-ed25519', one.fingerprint]);
    const [, blob = ''] = one.hostKey.split(' ');
    // Its file begins with the public half.
    const file = Buffer.from(one.value).toString().split('\n').slice(1, -2).join('');
    expect(Buffer.from(file, 'base64').includes(Buffer.from(blob, 'base64'))).to.equal(true);
  });
});
