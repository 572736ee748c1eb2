import { expect } from 'chai';
import type { MinerHistory, RevisionRecord } from '../../../../common/model/revision.js';
import { lastGood, withKnown, withOutcome, withRevision } from '../../../../coordinator/rollout/revisions.js';
import { sampleSpec } from '../../../support/fleet-samples.js';

const revision = (number: number, patch: Partial<RevisionRecord> = {}): RevisionRecord => ({
  revision: number,
  workloadId: number,
  spec: sampleSpec(),
  outcome: 'superseded',
  appliedAtMs: number,
  endedAtMs: 0,
  text: '',
  ...patch,
});

const history = (...revisions: RevisionRecord[]): MinerHistory => ({ revisions });
const numbers = ({ revisions }: MinerHistory): number[] => revisions.map((one) => one.revision);

describe("a miner's history", () => {
  it('keeps the last ten revisions, and the newest good one however old', () => {
    let kept = history(revision(1, { outcome: 'complete' }), revision(2, { outcome: 'complete' }));
    for (let number = 3; number <= 15; number++) kept = withRevision(kept, revision(number));
    expect(numbers(kept)).to.deep.equal([2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('knows the newest good revision other than one', () => {
    const known = history(revision(1, { outcome: 'complete' }), revision(2, { outcome: 'complete' }), revision(3));
    expect(lastGood(known, 3)?.revision).to.equal(2);
    expect(lastGood(known, 2)?.revision).to.equal(1);
    const left = withOutcome(known, 2, { outcome: 'rolledBack', atMs: 5, text: 'bad' });
    expect(lastGood(left, 3)?.revision).to.equal(1);
    expect(lastGood(history(), 0)).to.equal(undefined);
  });

  it('changes what is known of one revision alone', () => {
    const known = history(revision(1), revision(2));
    expect(withKnown(known, 2, { workloadId: 9 }).revisions.map(({ workloadId }) => workloadId)).to.deep.equal([1, 9]);
    expect(withKnown(known, 7, { workloadId: 9 })).to.deep.equal(known);
  });
});
