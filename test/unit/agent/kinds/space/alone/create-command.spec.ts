import { expect } from 'chai';
import { readCreateFlags } from '../../../../../../agent/kinds/space/alone/create-command.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';

const read = (change: Readonly<Record<string, string | boolean>>) =>
  readCreateFlags({ size: '1GB', cacheLevels: '5', threads: '2', ...change });

describe('the flags of create-plot', () => {
  it('say size, kept levels, threads and rate', () => {
    expect(read({})).to.deep.equal({ leafCount: 2 ** 25, topLevels: 0, threads: 2, bytesPerSecond: Infinity });
    expect(read({ size: '100 mb', cache: true, rate: '50MB' })).to.deep.equal({
      ...{ leafCount: 3_276_800, topLevels: 5, threads: 2, bytesPerSecond: 50 * 2 ** 20 },
    });
    expect(read({ cache: true, cacheLevels: '0' }).topLevels).to.equal(0);
    expect(readCreateFlags({ size: '10GB', cache: true }).topLevels, 'a cache without a number').to.equal(13);
  });

  for (const [flag, change] of [
    ['--size', { size: '99.9MB' }],
    ['--size', { size: 'much' }],
    ['--size', { size: '-1' }],
    ['--cache-levels', { cacheLevels: '21' }],
    ['--cache-levels', { cacheLevels: '1.5' }],
    ['--threads', { threads: '0' }],
    ['--threads', { threads: '17' }],
    ['--rate', { rate: '0' }],
  ] as const)
    it(`are refused with ${flag} ${Object.values(change).join()}`, () => {
      const [value] = Object.values(change);
      expect(thrownFault(() => read(change))).to.deep.equal({ reason: 'usage', flag, value });
    });
});
