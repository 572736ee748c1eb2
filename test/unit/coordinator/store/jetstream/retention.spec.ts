import { expect } from 'chai';
import { keptSegments } from '../../../../../coordinator/store/jetstream/retention.js';

/** Ten segments of ten commits and a hundred bytes each. */
const SEGMENTS = Array.from({ length: 10 }, (_, index) => ({
  sequence: 1 + 20 * index,
  revision: 10 * index,
  epoch: 1,
  offset: 100 * index,
}));

const firstKept = (snapshotSequence: number, commits: number, bytes = 10_000): number | undefined =>
  keptSegments(SEGMENTS, snapshotSequence, { commits, bytes })[0]?.sequence;

describe('What of a journal stays once a snapshot is whole', () => {
  it('is the segment where it was taken, and all behind it', () => {
    expect(keptSegments(SEGMENTS, 161, { commits: 0, bytes: 10_000 })).to.deep.equal(SEGMENTS.slice(8));
  });

  it('is as many segments before as hold the last commits, within a bound of bytes', () => {
    expect(firstKept(161, 1)).to.equal(141);
    expect(firstKept(161, 10)).to.equal(141);
    expect(firstKept(161, 11)).to.equal(121);
    expect(firstKept(161, 11, 50)).to.equal(141);
    expect(firstKept(161, 1_000)).to.equal(1);
  });

  it('is everything when the snapshot is of no segment that is there', () => {
    expect(keptSegments(SEGMENTS, 7, { commits: 0, bytes: 0 })).to.equal(SEGMENTS);
  });
});
