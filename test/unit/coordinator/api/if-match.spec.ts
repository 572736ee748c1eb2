import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { isConditional, requireMatch } from '../../../../coordinator/api/if-match.js';

const shown = (tag: string | undefined) => ({ metadata: { get: () => tag } });

function reasonOf(tag: string | undefined, revision: number | undefined): string {
  try {
    requireMatch(shown(tag), revision);
    return 'let through';
  } catch (error) {
    if (error instanceof HeadframeError) return error.reason;
    throw error;
  }
}

describe('a change on a condition', () => {
  it('is made where the record has the revision that was seen', () => {
    for (const tag of ['"12-abc"', '"12"', '12', '*', '"11", "12-x"'])
      expect(reasonOf(tag, 12), tag).to.equal('let through');
    expect(reasonOf(undefined, 12)).to.equal('let through');
  });

  it('is refused where it has another, or is not there', () => {
    for (const tag of ['"11-abc"', '"1"', '"122"', '"13", "14"'])
      expect(reasonOf(tag, 12), tag).to.equal('revision_changed');
    expect(reasonOf('"12"', undefined)).to.equal('revision_changed');
    expect(reasonOf('*', undefined)).to.equal('revision_changed');
  });

  it('is refused for what is no tag, and for a weak one, which proves nothing', () => {
    for (const tag of ['', 'W/"12"', '"abc"', '12-', '"12', '"12",'])
      expect(reasonOf(tag, 12), tag).to.equal('request_invalid');
  });

  it('is told from one without', () => {
    expect(isConditional(shown('*'))).to.equal(true);
    expect(isConditional(shown(undefined))).to.equal(false);
  });
});
