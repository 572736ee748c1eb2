import { expect } from 'chai';
import { HeadframeError } from '../../../common/model/error.js';
import { checkPlaintext } from '../../../coordinator/listen-policy.js';

describe('checkPlaintext', () => {
  for (const address of ['127.0.0.1:7700', '127.9.8.7:0', 'localhost:7700', '[::1]:7700'])
    it(`takes ${address}, which no other machine reaches`, () => {
      expect(checkPlaintext(address, false)).to.deep.equal({ isLocal: true });
    });

  for (const address of ['0.0.0.0:7700', '10.0.0.1:7700', '[::]:7700', '127.example.org:7700', 'rig-1:7700'])
    it(`takes ${address} only when the configuration insists`, () => {
      expect(() => checkPlaintext(address, false))
        .to.throw(HeadframeError)
        .with.property('reason', 'plaintext_refused');
      expect(checkPlaintext(address, true)).to.deep.equal({ isLocal: false });
    });
});
