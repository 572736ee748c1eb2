import { expect } from 'chai';
import { isPublicAddress } from '../../../../common/model/public-address.js';

describe('an address of the internet', () => {
  it('is one that is reached from everywhere, written in whatever version', () => {
    for (const address of ['1.1.1.1', '140.82.112.3', '2606:4700::1111'])
      expect(isPublicAddress(address), address).to.equal(true);
    const inside = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '240.0.0.1',
    ];
    const inside6 = [
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'ff02::1',
      'x',
    ];
    for (const address of [...inside, ...inside6]) expect(isPublicAddress(address), address).to.equal(false);
  });
});
