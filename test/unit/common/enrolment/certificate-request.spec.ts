import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { expect } from 'chai';
import fc from 'fast-check';
import { certificateRequest } from '../../../../common/enrolment/index.js';

const hostIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

describe('a certificate request', () => {
  it('is one that an X.509 library reads and finds signed, for whatever host', async () => {
    await fc.assert(
      fc.asyncProperty(hostIds, async (hostId) => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const read = new Pkcs10CertificateRequest(certificateRequest(privateKey, hostId));
        expect(await read.verify()).to.equal(true);
        expect(read.subject).to.equal(`CN=${hostId}`);
        const key = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
        expect(Buffer.from(read.publicKey.rawData).equals(key)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is no longer one when a byte of it is changed', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [, ...lines] = certificateRequest(privateKey, 'host-1').trim().split('\n');
    const bytes = Buffer.from(lines.slice(0, -1).join(''), 'base64');
    // In the name, which nothing but the signature holds.
    bytes[bytes.indexOf('host-1')] = 'g'.charCodeAt(0);
    expect(await new Pkcs10CertificateRequest(bytes).verify()).to.equal(false);
  });
});
