import { expect } from 'chai';
import { pathReserveMs } from '../../../../../../agent/kinds/space/registry/proof-times.js';
import { deadlineLevel } from '../../../../../../common/model/scan-times.js';

describe('the times of proofs', () => {
  it('warn at half of the deadline and alarm at four fifths, and where a disk does not come to its end', () => {
    const level = (tookMs: number, end: 'whole' | 'deadline' | 'stalled' = 'whole') =>
      deadlineLevel({ tookMs, end }, 10_000);
    expect([0, 4_999, 5_000, 7_999, 8_000, 20_000].map((ms) => level(ms))).to.deep.equal([
      ...['well', 'well', 'warning', 'warning', 'alarm', 'alarm'],
    ]);
    expect([level(1, 'deadline'), level(1, 'stalled')]).to.deep.equal(['alarm', 'alarm']);
  });

  it('keep time for the path: little with a cache, a pass without, and never more than half of the deadline', () => {
    const plot = (name: string, mib: number, cacheFilePath = '') => ({
      ...{ filePath: name, cacheFilePath, spaceAllocatedBytes: mib * 1024 * 1024 },
    });
    const times = { plots: new Map([['known', { tookMs: 1_000, leafCount: (100 * 1024 * 1024) / 32 }]]) };
    const reserve = (plots: readonly ReturnType<typeof plot>[], deadlineMs = 60_000) =>
      Math.round(pathReserveMs(plots, times, deadlineMs));
    expect(reserve([])).to.equal(0);
    expect(reserve([plot('a', 1e6, 'a.cache')])).to.equal(500);
    expect(reserve([plot('known', 100), plot('b', 1e6, 'b.cache')])).to.equal(2_500);
    // Taken for slow while nothing is known.
    expect(reserve([plot('new', 100)])).to.equal(2_597);
    expect(reserve([plot('known', 100)], 4_000)).to.equal(2_000);
  });
});
