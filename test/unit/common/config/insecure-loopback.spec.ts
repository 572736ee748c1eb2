import { expect } from 'chai';
import { refuseOffLoopback } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';

describe('plaintext', () => {
  for (const address of ['127.0.0.1:7700', '127.9.8.7:0', 'localhost:7700', '[::1]:7700'])
    it(`is allowed at ${address}, which no other machine reaches`, () => {
      refuseOffLoopback({ path: 'listen', address });
    });

  for (const address of ['0.0.0.0:7700', '10.0.0.1:7700', '[::]:7700', '127.example.org:7700', 'rig-1:7700'])
    it(`is refused at ${address}, with the field, its value and a remedy`, () => {
      try {
        refuseOffLoopback({ path: 'listen', address });
      } catch (error) {
        if (!(error instanceof HeadframeError)) throw error;
        expect(error.reason).to.equal('plaintext_refused');
        expect(error.violations).to.have.length(1);
        expect(error.violations[0]).to.include({ path: 'listen', value: address });
        expect(error.remedy).to.include('--insecure-loopback');
        return;
      }
      expect.fail('nothing was refused');
    });
});
