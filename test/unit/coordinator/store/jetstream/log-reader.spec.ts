import { expect } from 'chai';
import {
  LOG_FORMAT,
  encodeLogMessage,
  partsOf,
  writerTag,
} from '../../../../../coordinator/store/jetstream/log-message.js';
import type { LogMessage } from '../../../../../coordinator/store/jetstream/log-message.js';
import { LogReader } from '../../../../../coordinator/store/jetstream/log-reader.js';
import { ByteWriter } from '../../../../../coordinator/store/records/byte-writer.js';
import { CommitEncoder } from '../../../../../coordinator/store/records/commit-codec.js';
import { writeFrame } from '../../../../../coordinator/store/records/frame.js';
import { smallCommit } from '../../../../support/store-disk.js';
import { refusalOf } from '../../../../support/refusal-of.js';

const segment = (epoch: number, revision: number, format = 1): Buffer =>
  encodeLogMessage({ kind: 'segment', format, epoch, revision, writer: 'w' } satisfies LogMessage);

/** Messages of one epoch's commits, one group each. */
function groupsOf(
  epoch: number,
  revisions: readonly number[],
  partBytes = 1000,
  { group: firstGroup = 0, tag }: { readonly group?: number; readonly tag?: number } = {},
): Buffer[][] {
  const encoder = new CommitEncoder();
  return revisions.map((revision, index) => {
    const writer = new ByteWriter();
    writeFrame(writer, 0, () => encoder.write(writer, { commit: smallCommit(revision), epoch }));
    return partsOf(writer.view(), partBytes, { epoch, writer: tag, group: firstGroup + index });
  });
}

/** A commit of a later version, as far as this one can tell: with a code that it does not know. */
function laterCommit(changeCode: number, tableCode: number): Buffer[] {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    for (const number of [1, 1, 1000, 1]) writer.varint(number);
    writer.byte(changeCode);
    writer.byte(tableCode);
    writer.text('key');
    writer.text('{}');
  });
  return partsOf(writer.view(), 1000, { epoch: 1, group: 1 });
}

function read(messages: readonly (Buffer | undefined)[]): { revisions: number[]; reader: LogReader } {
  const revisions: number[] = [];
  const reader = new LogReader('S', 0, ({ revision }) => revisions.push(revision));
  for (const [index, message] of messages.entries()) if (message !== undefined) reader.read(index + 1, message);
  return { revisions, reader };
}

const refused = async (messages: readonly (Buffer | undefined)[]): Promise<object> => {
  const { code, metadata } = await refusalOf(Promise.resolve().then(() => read(messages)));
  return { code, sequence: metadata['sequence'] };
};

describe('The reader of a journal', () => {
  it('hands on a commit once its last part came, and tells of one that was never whole', () => {
    const [first = [], second = []] = groupsOf(1, [1, 2], 20);
    const begun = read([segment(1, 0), ...first, ...second.slice(0, -1)]);
    expect(begun.revisions).to.deep.equal([1]);
    expect(begun.reader.warnings).to.deep.equal([]);
    // Numbers of groups begin anew with each epoch.
    const [third = []] = groupsOf(2, [2], 1000, { group: 1 });
    const taken = read([segment(1, 0), ...first, ...second.slice(0, -1), segment(2, 1), ...third]);
    expect(taken.revisions).to.deep.equal([1, 2]);
    expect(taken.reader.warnings).to.have.length(1);
    expect(taken.reader).to.include({ epoch: 2, revision: 2 });
  });

  it('leaves out what a lower epoch sent behind a higher one, whole or not', () => {
    const [old = []] = groupsOf(1, [1]);
    const [own = []] = groupsOf(2, [1]);
    const { revisions, reader } = read([segment(1, 0), segment(2, 0), ...old, segment(1, 0), ...own]);
    expect(revisions).to.deep.equal([1]);
    expect(reader.epoch).to.equal(2);
    expect(reader.warnings).to.have.length(2);
  });

  it('reads on in a segment without what stands before it', () => {
    const { revisions, reader } = read([segment(7, 41), ...groupsOf(7, [42]).flat()]);
    expect(revisions).to.deep.equal([42]);
    expect(reader.segments).to.deep.equal([{ sequence: 1, revision: 41, epoch: 7, offset: 0 }]);
  });

  it('names what is missing or damaged, and no later one', async () => {
    const [first = [], second = [], third = []] = groupsOf(1, [1, 2, 3]);
    const whole = [segment(1, 0), ...first, ...second, ...third];
    const flipped = whole.map((bytes) => Buffer.from(bytes));
    flipped[2]?.writeUInt8(0xff, 30);
    expect(await refused(flipped)).to.deep.equal({ code: 'data_loss', sequence: '3' });
    expect(await refused(whole.map((bytes, index) => (index === 2 ? undefined : bytes)))).to.deep.equal({
      code: 'data_loss',
      sequence: '3',
    });
    expect(await refused([segment(1, 0), ...first, ...third])).to.deep.equal({ code: 'data_loss', sequence: '3' });
    expect(await refused([...first, ...second])).to.deep.equal({ code: 'data_loss', sequence: '1' });
    expect(await refused([segment(1, 0), ...first, segment(2, 5)])).to.deep.equal({ code: 'data_loss', sequence: '3' });
  });

  it('leaves out what others sent in the same epoch, or in one that nobody began here, and the next epoch is higher', () => {
    const ofWriter = (writer: string, revision: number): Buffer =>
      encodeLogMessage({ kind: 'segment', format: 1, epoch: 2, revision, writer });
    const [own = []] = groupsOf(2, [1]);
    const [foreign = []] = groupsOf(2, [1], 1000, { group: 7, tag: writerTag('lost') });
    const [unbegun = []] = groupsOf(5, [1]);
    const { revisions, reader } = read([
      ...[segment(1, 0), ofWriter('own', 0), ...foreign, ofWriter('lost', 1), ...unbegun, ...own],
    ]);
    expect(revisions).to.deep.equal([1]);
    expect(reader.epoch).to.equal(5);
    expect(reader.warnings).to.have.length(3);
  });

  it('goes on over what is missing if a snapshot has it, and tells that', async () => {
    const [first = []] = groupsOf(1, [1]);
    const messages = [segment(1, 0), ...first, segment(2, 3)];
    let gaps = 0;
    const revisions: number[] = [];
    const reader = new LogReader('S', 0, ({ revision }) => revisions.push(revision), {
      covered: 3,
      onGap: () => gaps++,
    });
    for (const [index, message] of messages.entries()) reader.read(index + 1, message);
    expect([revisions, gaps, reader.revision, reader.warnings.length]).to.deep.equal([[1], 1, 3, 1]);
    const uncovered = new LogReader('S', 0, () => undefined, { covered: 2, onGap: () => gaps++ });
    const refusal = refusalOf(
      Promise.resolve().then(() => {
        for (const [index, message] of messages.entries()) uncovered.read(index + 1, message);
      }),
    );
    expect((await refusal).code).to.equal('data_loss');
  });

  it('refuses what a later version wrote', async () => {
    expect(await refused([segment(1, 0, 2)])).to.deep.equal({ code: 'failed_precondition', sequence: '1' });
  });

  it('tells what a later version wrote apart from damage, whichever way it is met', async () => {
    const reasonOf = async (messages: readonly Buffer[]): Promise<string> =>
      (await refusalOf(Promise.resolve().then(() => read(messages)))).reason;
    expect(read([segment(1, 0), ...laterCommit(3, 1)]).revisions).to.deep.equal([1]);
    expect(await reasonOf([segment(1, 0), ...laterCommit(3, 250)])).to.equal('store_format_newer');
    expect(await reasonOf([segment(1, 0), ...laterCommit(200, 1)])).to.equal('store_format_newer');
    expect(await reasonOf([segment(1, 0, LOG_FORMAT + 1)])).to.equal('store_format_newer');
    const later = new ByteWriter();
    writeFrame(later, 0, () => {
      later.byte(77);
    });
    expect(await reasonOf([segment(1, 0), later.view()])).to.equal('store_format_newer');
    const torn = Buffer.from(later.view());
    torn.writeUInt8(78, torn.length - 1);
    expect(await reasonOf([segment(1, 0), torn])).to.equal('store_damaged');
  });
});
