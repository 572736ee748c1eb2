import { expect } from 'chai';
import fc from 'fast-check';
import { cacheLevels } from '../../../../agent/kinds/space/format/cache-file.js';
import { UNIT_LEAVES } from '../../../../agent/kinds/space/prove/scan-job.js';
import { MOST_CACHE_LEVELS, usualCacheLevels } from '../../../../common/model/plot-cache-levels.js';

const GIB_LEAVES = 2 ** 25;

describe('the usual levels of a cache', () => {
  for (const [gib, levels] of [
    [2 ** -25, 5],
    [0.1, 6],
    [1, 9],
    [1.001, 10],
    [10, 13],
    [2048, 20],
    [8192, 20],
  ] as const)
    it(`are ${String(levels)} for ${String(gib)} GiB`, () => {
      expect(usualCacheLevels(Math.ceil(gib * GIB_LEAVES))).to.equal(levels);
    });

  it('leave no more leaves to be read for a proof than are read at once', () => {
    const sizes = fc.integer({ min: 3, max: 2 ** (16 + MOST_CACHE_LEVELS) });
    fc.assert(
      fc.property(sizes, (leafCount) => {
        const first = cacheLevels(leafCount, usualCacheLevels(leafCount))?.first ?? Infinity;
        return 2 ** first <= UNIT_LEAVES;
      }),
    );
  });
});
