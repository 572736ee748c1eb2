import { expect } from 'chai';
import { decodeDocuments, encodeDocuments, tablesOf } from '../../../../../coordinator/store/records/document-text.js';
import { FORMAT_VERSION } from '../../../../../coordinator/store/records/file-header.js';
import { InstancePages } from '../../../../../coordinator/store/records/instance-pages.js';
import { Mirror } from '../../../../../coordinator/store/records/mirror.js';

/** What a snapshot makes of a mirror, and another mirror of that. */
function overSnapshot(mirror: Mirror, revision: number): Mirror {
  const facts = { format: FORMAT_VERSION, revision, epoch: 1, sequence: 1, instanceCount: 0 };
  const text = Buffer.concat([...encodeDocuments({ ...facts, tables: tablesOf(mirror.freeze()) })]).toString();
  return new Mirror({ tables: decodeDocuments('test', text).tables, instances: new InstancePages(), revision });
}

describe('The mirror of the records', () => {
  it('knows with which commit miners and hosts have changed last, and so does a snapshot of it', () => {
    const mirror = new Mirror();
    mirror.apply({ kind: 'document', table: 'miner', key: 'alpha', value: { a: 1 } }, 3);
    mirror.apply({ kind: 'document', table: 'host', key: 'h-1', value: { h: 1 } }, 4);
    mirror.apply({ kind: 'document', table: 'miner', key: 'gone', value: {} }, 5);
    mirror.apply({ kind: 'documentRemoved', table: 'miner', key: 'gone' }, 6);
    mirror.apply({ kind: 'document', table: 'setting', key: 'alpha', value: {} }, 7);
    const expected = new Map([
      ['miner', new Map([['alpha', 3]])],
      ['host', new Map([['h-1', 4]])],
    ]);
    const frozen = mirror.freeze();
    mirror.apply({ kind: 'document', table: 'miner', key: 'alpha', value: { a: 2 } }, 8);
    expect(frozen.lastRevisions).to.deep.equal(expected);
    const read = overSnapshot(mirror, 9).freeze();
    expect(read.lastRevisions.get('miner')).to.deep.equal(new Map([['alpha', 8]]));
    expect(read.documents.get('miner')).to.deep.equal(new Map([['alpha', { a: 2 }]]));
    expect(read.documents.get('setting')).to.deep.equal(new Map([['alpha', {}]]));
  });

  it('takes the revision of a snapshot for what that does not tell', () => {
    const tables = { miner: [['alpha', {}] as const, ['beta', {}, 2] as const] };
    const { lastRevisions } = new Mirror({ tables, instances: new InstancePages(), revision: 9 }).freeze();
    expect(lastRevisions.get('miner')).to.deep.equal(
      new Map([
        ['alpha', 9],
        ['beta', 2],
      ]),
    );
  });
});
