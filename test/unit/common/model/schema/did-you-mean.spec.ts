import { expect } from 'chai';
import { didYouMean, editDistance } from '../../../../../common/model/schema/did-you-mean.js';

describe('a guess at what was meant', () => {
  const known = ['replicas', 'container', 'memory', 'env', 'mounts', 'onDisconnect'];
  const cases: [string, string | undefined][] = [
    ['replcias', 'replicas'],
    ['Replicas', 'replicas'],
    ['on_disconnect', 'onDisconnect'],
    ['environment', 'env'],
    ['volumes', 'mounts'],
    ['envs', 'env'],
    ['banana', undefined],
    ['constructor', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [word, meant] of cases) {
    it(`takes ${word.slice(0, 20)} for ${String(meant)}`, () => expect(didYouMean(word, known)).to.equal(meant));
  }

  it('counts edits, a swap of neighbours as one', () => {
    const distances = [
      ['', 'abc'],
      ['abc', 'abc'],
      ['abc', 'acb'],
      ['kitten', 'sitting'],
    ].map(([a, b]) => editDistance(a ?? '', b ?? ''));
    expect(distances).to.deep.equal([3, 0, 1, 3]);
  });
});
