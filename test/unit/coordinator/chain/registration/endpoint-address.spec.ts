import { expect } from 'chai';
import fc from 'fast-check';
import { HeadframeError } from '../../../../../common/model/error.js';
import { addressOf, isPrivate, textOfAddress } from '../../../../../coordinator/chain/registration/endpoint-address.js';

describe('the address of an endpoint', () => {
  it('comes back from the chain as it went there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        let address;
        try {
          address = addressOf(ip);
        } catch {
          return;
        }
        const text = textOfAddress(address) ?? '';
        expect(addressOf(text)).to.deep.equal(address);
        if (address.family === 4) expect(text).to.equal(ip);
      }),
    );
    expect(addressOf('2001:db8::7').value).to.equal((0x20010db8n << 96n) | 7n);
    expect(addressOf('2001:db8::1.2.3.4').value & 0xffff_ffffn).to.equal(0x01020304n);
  });

  it('is none where nobody else gets to, nor a name', () => {
    const nowhere = ['127.0.0.1', '0.0.0.0', '255.255.255.255', '169.254.1.1', '224.0.0.1', '::1', '::', 'fe80::1'];
    for (const ip of [...nowhere, '::ffff:127.0.0.1', 'miner.example', '', '1.2.3', 'fe80::1%eth0'])
      refused(() => addressOf(ip), 'serving_invalid');
    expect(textOfAddress({ family: 4, value: 0n })).to.equal(undefined);
    expect(textOfAddress({ family: 4, value: 1n << 33n })).to.equal(undefined);
  });

  it('is known to be reached in its own network alone', () => {
    for (const ip of ['10.1.2.3', '192.168.1.1', '172.31.0.1', 'fd00::1']) expect(isPrivate(ip), ip).to.equal(true);
    for (const ip of ['203.0.113.7', '172.32.0.1', '2001:db8::1']) expect(isPrivate(ip), ip).to.equal(false);
  });
});

function refused(act: () => unknown, reason: string): void {
  expect(act).to.throw(HeadframeError).with.property('reason', reason);
}
