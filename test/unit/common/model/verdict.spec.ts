import { expect } from 'chai';
import { keepVerdict } from '../../../../common/model/verdict.js';
import type { VerdictHistory, VerdictRecord } from '../../../../common/model/verdict.js';
import { reasonOf } from '../../../support/thrown-reason.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

function keepAll(verdicts: readonly VerdictRecord[]): readonly string[] {
  let history: VerdictHistory | undefined;
  for (const verdict of verdicts) history = keepVerdict(history, verdict);
  return history?.verdicts.map(({ id }) => id) ?? [];
}

const range = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at)}`);

describe('The verdicts that are kept of a host and type', () => {
  it('are the last twenty, oldest first', () => {
    const ids = range('v', 30);
    expect(keepAll(ids.map((id) => sampleVerdict(id)))).to.deep.equal(ids.slice(10));
  });

  it('are not pushed out by void ones, of which the last five are kept in their place', () => {
    const failed = sampleVerdict('failed', { outcome: 'failed' });
    const voids = range('void', 40).map((id) => sampleVerdict(id, { outcome: 'void' }));
    const last = sampleVerdict('last');
    expect(keepAll([failed, ...voids, last])).to.deep.equal(['failed', ...range('void', 40).slice(35), 'last']);
  });

  it('have an id each: what is judged is judged once', () => {
    expect(reasonOf(() => keepAll([sampleVerdict('a'), sampleVerdict('a', { outcome: 'failed' })]))).to.equal(
      'verdict_exists',
    );
  });
});
