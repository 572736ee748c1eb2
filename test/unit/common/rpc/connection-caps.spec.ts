import { expect } from 'chai';
import { ConnectionCaps } from '../../../../common/rpc/connection-caps.js';

describe('ConnectionCaps', () => {
  it('lets no address have more than its share, and others still in', () => {
    const caps = new ConnectionCaps({ total: 10, perAddress: 2 });
    const release = caps.admit('10.0.0.1');
    expect(release).to.be.a('function');
    expect(caps.admit('10.0.0.1')).to.be.a('function');
    expect(caps.admit('10.0.0.1')).to.equal(undefined);
    expect(caps.admit('10.0.0.2')).to.be.a('function');
    release?.();
    release?.();
    expect(caps.admit('10.0.0.1')).to.be.a('function');
    expect(caps.admit('10.0.0.1')).to.equal(undefined);
  });

  it('takes all addresses of one IPv6 network for one', () => {
    const caps = new ConnectionCaps({ total: 10, perAddress: 2 });
    for (const one of ['2001:db8::1', '2001:db8::2:1']) expect(caps.admit(one)).to.be.a('function');
    expect(caps.admit('2001:db8:0:0:9::')).to.equal(undefined);
    expect(caps.admit('2001:db8:0:1::1')).to.be.a('function');
  });

  it('holds this machine to the total alone', () => {
    const caps = new ConnectionCaps({ total: 3, perAddress: 1 });
    for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(caps.admit(own)).to.be.a('function');
    expect(caps.admit('127.0.0.1')).to.equal(undefined);
    expect(caps.admit('10.0.0.1')).to.equal(undefined);
  });
});
