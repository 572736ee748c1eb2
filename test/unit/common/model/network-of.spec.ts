import { expect } from 'chai';
import { networkOf } from '../../../../common/model/network-of.js';

describe('networkOf', () => {
  it('tells IPv4 addresses apart, however they are written', () => {
    expect(networkOf('10.0.0.7')).to.equal('10.0.0.7');
    expect(networkOf('::ffff:10.0.0.7')).to.equal('10.0.0.7');
  });

  it('takes all addresses of one IPv6 network for one, and no others', () => {
    const same = ['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:0:1::', '2001:DB8::9:8:7:6', '2001:0db8::1.2.3.4'];
    for (const address of same) expect(networkOf(address), address).to.equal('2001:db8:0:0');
    expect(networkOf('2001:db8:0:1::1')).to.equal('2001:db8:0:1');
    expect(networkOf('fe80::1%eth0')).to.equal('fe80:0:0:0');
    expect(networkOf('1:2:3:4:5:6:7:8')).to.equal('1:2:3:4');
  });

  it('leaves alone what is no address', () => {
    for (const other of ['unknown', '', 'a::b::c']) expect(networkOf(other)).to.equal(other);
  });
});
