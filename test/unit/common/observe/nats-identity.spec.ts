import { expect } from 'chai';
import type { PeerCertificate } from 'node:tls';
import { identityCheck } from '../../../../common/observe/nats-identity.js';

// What Node looks at of a certificate to tell whose it is.
const certificateOf = (subjectaltname: string): PeerCertificate =>
  ({ subject: { CN: 'nats' }, subjectaltname }) as unknown as PeerCertificate;

const faultOf = (servers: readonly string[], names: string): Error | undefined =>
  identityCheck(servers).checkServerIdentity?.('localhost', certificateOf(names));

describe('Whose certificate is believed of a NATS server', () => {
  it('is left to the library where all servers are called by names', () => {
    expect(identityCheck(['tls://a.example:4222', 'nats://b.example:4222'])).to.deep.equal({});
  });

  it('is that of any of the servers where some are called by their addresses, and no other', () => {
    const servers = ['tls://10.0.0.1:4222', 'tls://b.example:4222'];
    expect(faultOf(servers, 'IP Address:10.0.0.1')).to.equal(undefined);
    expect(faultOf(servers, 'DNS:b.example')).to.equal(undefined);
    expect(faultOf(servers, 'IP Address:10.0.0.2')).to.be.instanceOf(Error);
    expect(faultOf(servers, 'DNS:localhost')).to.be.instanceOf(Error);
    expect(faultOf(['tls://[::1]:4222'], 'IP Address:0:0:0:0:0:0:0:1')).to.equal(undefined);
  });
});
