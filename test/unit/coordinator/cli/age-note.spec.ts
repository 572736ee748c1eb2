import { expect } from 'chai';
import { ageNote } from '../../../../coordinator/cli/age-note.js';

describe('The note on how old an answer is', () => {
  it('is there for what is older than a second', () => {
    expect(ageNote(1_000, 'c2:1')).to.equal(undefined);
    expect(ageNote(12_400, 'c2:1')).to.match(/^note: as of 12s ago, by c2:1, a follower/);
  });
});
