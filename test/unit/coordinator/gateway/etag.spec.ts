import { expect } from 'chai';
import { etagOf, isKnownTo, revisionIn } from '../../../../coordinator/gateway/etag.js';

describe('the tag of an answer', () => {
  it('tells its revision, and each state apart', () => {
    expect(etagOf('{"a":1}', 12n)).to.match(/^"12-[\w-]{22}"$/);
    expect(etagOf('{"a":1}', undefined)).to.match(/^"[\w-]{22}"$/);
    expect(etagOf('{"a":1}', 12n)).not.to.equal(etagOf('{"a":2}', 12n));
    expect(etagOf('{"a":1}', 12n)).to.equal(etagOf('{"a":1}', 12n));
  });

  it('has the revision of the one record that is told, and of no list', () => {
    expect(revisionIn({ miner: { revision: 7n } })).to.equal(7n);
    expect(revisionIn({ revision: 7n, miners: [] })).to.equal(undefined);
    expect(revisionIn({ a: { revision: 7n }, b: { revision: 8n } })).to.equal(undefined);
    expect(revisionIn({ miner: undefined, text: '' })).to.equal(undefined);
  });

  it('is known to whoever shows it, among others or as weak, or any', () => {
    for (const shown of ['"a"', '"b", "a"', 'W/"a"', '*']) expect(isKnownTo(shown, '"a"'), shown).to.equal(true);
    for (const shown of [undefined, '', '"b"', 'a', '"ab"']) expect(isKnownTo(shown, '"a"'), shown).to.equal(false);
  });
});
