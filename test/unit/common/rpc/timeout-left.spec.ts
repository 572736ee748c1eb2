import { expect } from 'chai';
import { timeoutLeft } from '../../../../common/rpc/timeout-left.js';

describe('what is left of the timeout of a call', () => {
  it('is shorter by what it has waited, and never nothing', () => {
    const left = (timeout: string, waitedMs: number): string | undefined =>
      timeoutLeft(timeout, waitedMs)['grpc-timeout'];
    expect(left('5S', 1_200.4)).to.equal('3799m');
    expect(left('30000m', 0)).to.equal('30000m');
    expect(left('2500000u', 500)).to.equal('2000m');
    expect(left('1H', 0)).to.equal('3600000m');
    expect(left('100m', 100)).to.equal('1m');
    expect(left('999n', 5)).to.equal('1m');
  });

  it('stays as it was told where it is none, is longer than can be told so, or cannot be read', () => {
    for (const timeout of [undefined, '', '5', 'S', '123456789S', '5s', ['1S', '2S'], '99999999H'])
      expect(timeoutLeft(timeout, 1)).to.deep.equal({});
  });
});
