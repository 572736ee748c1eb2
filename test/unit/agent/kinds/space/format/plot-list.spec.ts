import { expect } from 'chai';
import { decodePlotList, encodePlotList } from '../../../../../../agent/kinds/space/format/plot-list.js';
import { formatBytes, formatSize, parseSize } from '../../../../../../agent/kinds/space/format/size-text.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
import { vectors } from '../../../../../support/space/vectors.js';

const ROW = {
  plotId: 'a',
  filePath: 'b',
  spaceAllocatedBytes: 1,
  merkleRoot: '',
  createdAtUtc: '2026-01-06T23:15:49Z',
  status: 'Valid',
};

describe('the list of plots', () => {
  for (const { records, text } of vectors.plotsMetadata) {
    it(`is written and read as given: ${String(records.length)} plots`, () => {
      const read = decodePlotList(text);
      expect(read.map((plot) => ({ ...plot, merkleRoot: plot.merkleRoot.toString('base64') }))).to.deep.equal(records);
      expect(encodePlotList(read)).to.equal(text);
    });
  }

  it('is read again whatever stands in a path', () => {
    const [filePath, plots] = ['/a "b" \\ c\td\ne\u{1f600}', decodePlotList(JSON.stringify([ROW]))];
    expect(decodePlotList(encodePlotList(plots.map((plot) => ({ ...plot, filePath }))))[0]?.filePath).to.equal(
      filePath,
    );
  });

  it('takes a status that it does not know for missing', () => {
    const read = (status: unknown) => decodePlotList(JSON.stringify([{ ...ROW, status }]))[0]?.status;
    expect([read('Valid'), read('Corrupted'), read('valid'), read(7)]).to.deep.equal([
      'Valid',
      'Corrupted',
      'Missing',
      'Missing',
    ]);
  });

  for (const text of ['', '{', '{}', '[1]', '[{"plotId":1}]', JSON.stringify([{ ...ROW, merkleRoot: '%' }])])
    it(`is refused as ${text}`, () =>
      expect(thrownFault(() => decodePlotList(text))).to.include({ reason: 'plot_list_damaged' }));
});

describe('sizes', () => {
  for (const { text, bytes } of vectors.sizeStrings)
    it(`are read: '${text}'`, () => expect(parseSize(text)).to.equal(bytes === null ? undefined : Number(bytes)));

  for (const { bytes, ...wanted } of vectors.sizeFormats) {
    it(`are written: ${bytes}`, () => {
      const size = Number(bytes);
      expect({ formatBytes: formatBytes(size), formatSize: formatSize(size) }).to.deep.equal(wanted);
    });
  }
});
