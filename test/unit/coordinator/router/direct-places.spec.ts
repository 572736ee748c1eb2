import { expect } from 'chai';
import { directAddress } from '../../../../coordinator/router/direct-places.js';

describe('the address at which a host is reached directly', () => {
  const at = (calledFrom: string | undefined, addresses: readonly string[] = [], bootId = 'theirs') =>
    directAddress({ calledFrom, description: { addresses, bootId } }, 'ours');

  it('is the one that its agent calls from and has on an interface', () => {
    expect(at('10.0.0.7', ['192.0.2.1', '10.0.0.7'])).to.equal('10.0.0.7');
    expect(at('::ffff:10.0.0.7', ['10.0.0.7'])).to.equal('10.0.0.7');
    expect(at('[2001:db8::7]', ['2001:db8::7'])).to.equal('2001:db8::7');
  });

  it('is none behind address translation, nor of a host that is not connected', () => {
    expect(at('203.0.113.9', ['10.0.0.7'])).to.equal(undefined);
    expect(at('10.0.0.7')).to.equal(undefined);
    expect(at(undefined, ['10.0.0.7'])).to.equal(undefined);
  });

  it('is loopback on this very machine alone: an agent may call by a relay on it', () => {
    for (const calledFrom of ['127.0.0.1', '::1', '[::1]', '::ffff:127.0.0.1']) {
      expect(at(calledFrom, [], 'ours')).to.equal('127.0.0.1');
      expect(at(calledFrom, ['127.0.0.1', '::1'])).to.equal(undefined);
    }
    const unknown = { calledFrom: '127.0.0.1', description: { addresses: [], bootId: '' } };
    expect(directAddress(unknown, '')).to.equal(undefined);
  });
});
