import { expect } from 'chai';
import { planRetention } from '../../../../../coordinator/store/lowdb/retention.js';

/** Segments numbered from 1, by the revision before each. */
const segments = (...revisions: number[]): { sequence: number; revision: number }[] =>
  revisions.map((revision, index) => ({ sequence: index + 1, revision }));

const kept = (
  files: Parameters<typeof planRetention>[0],
  recentCommits: number,
): { segments: number[]; snapshots: number[] } => {
  const plan = planRetention(files, recentCommits);
  return {
    segments: files.segments.filter((one) => !plan.segments.includes(one)).map(({ sequence }) => sequence),
    snapshots: files.snapshots.filter((revision) => !plan.snapshots.includes(revision)),
  };
};

describe('Retention of the store’s files', () => {
  it('keeps everything while there is but one snapshot to fall back to', () => {
    expect(kept({ segments: segments(0, 10, 20), snapshots: [20] }, 0)).to.deep.equal({
      segments: [1, 2, 3],
      snapshots: [20],
    });
  });

  it('keeps two snapshots and the journal from the older one on', () => {
    const files = { segments: segments(0, 10, 20, 30, 40), snapshots: [10, 20, 30] };
    expect(kept(files, 0)).to.deep.equal({ segments: [3, 4, 5], snapshots: [20, 30] });
  });

  it('keeps older segments that hold the last commits before the newest snapshot', () => {
    const files = { segments: segments(0, 10, 20, 30, 40), snapshots: [30, 40] };
    expect(kept(files, 15).segments).to.deep.equal([3, 4, 5]);
    expect(kept(files, 21).segments).to.deep.equal([2, 3, 4, 5]);
  });

  it('does not pile up segments of restarts without commits', () => {
    const files = { segments: segments(...Array.from({ length: 300 }, () => 5), 6, 7), snapshots: [6, 7] };
    expect(kept(files, 1000).segments).to.have.length(64 + 2);
  });
});
