import { expect } from 'chai';
import { scanSegment } from '../../../../../coordinator/store/lowdb/segment-scan.js';
import { ByteWriter } from '../../../../../coordinator/store/records/byte-writer.js';
import { encodeHeader } from '../../../../../coordinator/store/records/file-header.js';
import { writeFrame } from '../../../../../coordinator/store/records/frame.js';
import { refusalOf } from '../../../../support/refusal-of.js';

/** A segment of one commit with one document of that table. */
function segmentOf(table: number): Buffer {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    for (const number of [1, 1, 1000, 1]) writer.varint(number);
    writer.byte(3);
    writer.byte(table);
    writer.text('key');
    writer.text('{}');
  });
  return Buffer.concat([encodeHeader({ kind: 'journal', sequence: 1, revision: 0, epoch: 0 }), writer.view()]);
}

const scan = (bytes: Buffer): number[] => {
  const revisions: number[] = [];
  scanSegment({ name: 'j', bytes, last: true }, ({ revision }) => revisions.push(revision));
  return revisions;
};

describe('A scan of a segment', () => {
  it('tells a whole commit of a later version apart from damage, so that nobody is told to cut it off', async () => {
    expect(scan(segmentOf(1))).to.deep.equal([1]);
    const refusal = await refusalOf(Promise.resolve().then(() => scan(segmentOf(250))));
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_format_newer' });
  });
});
