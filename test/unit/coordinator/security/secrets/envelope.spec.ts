import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openSecret, sealSecret } from '../../../../../coordinator/security/secrets/envelope.js';

describe('the envelope of a secret', () => {
  const value = Buffer.from('a value that nobody is shown');
  const place = { namespace: 'default', name: 'coldkey', version: 3, valueId: 'v3' };
  const key = { id: 'k1', key: randomBytes(32) };

  it('gives the value back to who has its key and knows its place, and holds nothing of it', () => {
    const envelope = sealSecret(value, place, key);
    expect(openSecret(envelope, place, key).equals(value)).to.equal(true);
    const text = JSON.stringify(envelope);
    expect(text).not.to.contain(value.toString());
    expect(text).not.to.contain(value.toString('base64').slice(0, 16));
    expect(envelope.keyId).to.equal('k1');
  });

  it('is another each time, also of the same value', () => {
    const [one, other] = [sealSecret(value, place, key), sealSecret(value, place, key)];
    expect(one.value).not.to.equal(other.value);
    expect(one.dataKey).not.to.equal(other.dataKey);
  });

  it('opens neither with another key nor in another place, nor once it was touched', () => {
    const envelope = sealSecret(value, place, key);
    const refuse = (...[what, where, by]: Parameters<typeof openSecret>): void => {
      expect(() => openSecret(what, where, by))
        .to.throw()
        .with.property('reason', 'secret_damaged');
    };
    refuse(envelope, place, { id: 'k1', key: randomBytes(32) });
    for (const other of [{ namespace: 'farm' }, { name: 'hotkey' }, { version: 4 }, { valueId: 'v4' }])
      refuse(envelope, { ...place, ...other }, key);
    refuse({ ...envelope, keyId: 'k2' }, place, key);
    const touched = Buffer.from(envelope.value, 'base64');
    touched[20] = (touched[20] ?? 0) ^ 1;
    refuse({ ...envelope, value: touched.toString('base64') }, place, key);
    refuse({ ...envelope, value: 'AAAA' }, place, key);
    // A value is no data key, nor the other way round.
    refuse({ ...envelope, value: envelope.dataKey, dataKey: envelope.value }, place, key);
  });
});
