import { expect } from 'chai';
import { parseScanStrategy } from '../../../../common/model/scan-strategy.js';

describe('a strategy of scans', () => {
  for (const [text, strategy] of [
    ['full', { kind: 'full' }],
    ['sampling:10000', { kind: 'sampling', n: 10_000 }],
    ['cacheFriendly:4096:64', { kind: 'cacheFriendly', block: 4096, perBlock: 64 }],
    ['cacheFriendly:1:1', { kind: 'cacheFriendly', block: 1, perBlock: 1 }],
  ] as const)
    it(`is read from ${text}`, () => {
      expect(parseScanStrategy(text)).to.deep.equal(strategy);
    });

  for (const text of [
    ...['', 'all', 'full:1', 'sampling', 'sampling:0', 'sampling:-1', 'sampling:1.5', 'sampling:2:1', ' sampling:1'],
    ...['cacheFriendly:64', 'cacheFriendly:64:65', 'cacheFriendly:64:0', 'sampling:9999999999999999'],
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(parseScanStrategy(text)).to.equal(undefined);
    });
});
