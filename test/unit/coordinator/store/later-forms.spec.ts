import { expect } from 'chai';
import { ALIKE } from '../../../../coordinator/instances/instance-rows.js';
import { decodeLogMessage, encodeLogMessage } from '../../../../coordinator/store/jetstream/log-message.js';
import { decodeClosing } from '../../../../coordinator/store/jetstream/snapshot-message.js';
import { decodeMark } from '../../../../coordinator/store/move/move-mark.js';
import type { MoveMark } from '../../../../coordinator/store/move/index.js';
import { ByteWriter } from '../../../../coordinator/store/records/byte-writer.js';
import { CommitDecoder, CommitEncoder } from '../../../../coordinator/store/records/commit-codec.js';
import { decodeDocuments, encodeDocuments, tablesOf } from '../../../../coordinator/store/records/document-text.js';
import { readFrame, writeFrame } from '../../../../coordinator/store/records/frame.js';
import { STATE_CODES } from '../../../../coordinator/store/records/instance-codec.js';
import { decodeInstances, encodeInstances } from '../../../../coordinator/store/records/instance-file.js';
import { Mirror } from '../../../../coordinator/store/records/mirror.js';
import { UnknownRecord } from '../../../../coordinator/store/records/unknown-record.js';
import type { StoreChange } from '../../../../coordinator/store/store.js';
import { sampleCommit, sampleInstance } from '../../../support/store-samples.js';

const AT = { sequence: 3, revision: 2, epoch: 1 };

/** A frame around what was in another, changed. */
function reframed(message: Buffer, change: (payload: Buffer) => Buffer): Buffer {
  const frame = readFrame(message, 0);
  const payload = change(Buffer.from(message.subarray(frame?.start, frame?.end)));
  return framed((writer) => writer.raw(payload));
}

function framed(fill: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    fill(writer);
  });
  return writer.view();
}

function committed(change: StoreChange): Buffer {
  return framed((writer) => new CommitEncoder().write(writer, { commit: sampleCommit(2, [change], 1), epoch: 1 }));
}

function readCommit(bytes: Buffer): object {
  const frame = readFrame(bytes, 0);
  return new CommitDecoder().readPacked(bytes, frame?.start ?? 0, frame?.end ?? 0);
}

const withMore = (payload: Buffer): Buffer => Buffer.concat([payload, Buffer.from([1])]);

/** Writes an instance whose state has a code that nobody knows yet. */
function inLaterState<T>(write: () => T): T {
  const codes = STATE_CODES as Record<string, number>;
  const known = STATE_CODES.running;
  codes['running'] = 20;
  try {
    return write();
  } finally {
    codes['running'] = known;
  }
}

function mirrorOf(change: StoreChange): Mirror {
  const mirror = new Mirror();
  mirror.apply(change, AT.revision);
  return mirror;
}

const ONE: StoreChange = { kind: 'instance', record: sampleInstance() };

describe('What a later version wrote, under a checksum that is right', () => {
  it('is told as such in a commit, and not as damage: a state, columns, a form of ids, or more behind the end', () => {
    const rows = { like: sampleInstance(), serials: [1, 2], columns: { ...ALIKE, restarts: [0, 1] } };
    const batch = committed({ kind: 'instances', rows });
    // Which columns there are, then two counts of restarts, then what happened.
    const [mask, more] = [Buffer.from([0x80, 0x01, 0, 1]), Buffer.from([0x80, 0x81, 0x02, 0, 1])];
    const other = { ...rows, columns: { ...ALIKE, containerId: ['one', 'two'] } };
    const [ids, otherIds] = [Buffer.from([0x80, 0x10, 0]), Buffer.from([0x80, 0x10, 2])];
    const later = {
      state: inLaterState(() => committed(ONE)),
      column: reframed(batch, (payload) => replaced(payload, mask, more)),
      ids: reframed(committed({ kind: 'instances', rows: other }), (payload) => replaced(payload, ids, otherIds)),
      end: reframed(committed(ONE), withMore),
    };
    for (const [what, bytes] of Object.entries(later)) expect(() => readCommit(bytes), what).to.throw(UnknownRecord);
    for (const bytes of [batch, committed(ONE)]) expect(readCommit(bytes)).to.include({ revision: 2 });
  });

  it('is told as such in messages of the journal and in the mark of a move', () => {
    const mark: MoveMark = {
      version: 1,
      id: 'm',
      from: { kind: 'lowdb', where: 'a' },
      to: { kind: 'jetstream', where: 'b' },
      epoch: 2,
      revision: 1,
      sha256: 'aa',
      atMs: 0,
    };
    const messages = [
      encodeLogMessage({ kind: 'segment', format: 1, epoch: 2, revision: 1, writer: 'w' }),
      encodeLogMessage({ kind: 'move', epoch: 2, note: 'moved', mark }),
    ];
    for (const message of messages) expect(() => decodeLogMessage(reframed(message, withMore))).to.throw(UnknownRecord);
    expect(() => decodeMark(JSON.stringify({ version: 2, whither: 'c' }))).to.throw(UnknownRecord);
    expect(() => decodeMark(JSON.stringify({ ...mark, epoch: 'two' })))
      .to.throw(RangeError)
      .and.not.be.instanceOf(UnknownRecord);
  });

  it('is told as such in a snapshot, whatever its form: so it is never passed over for one that is older', () => {
    const closing = framed((writer) => {
      writer.varint(2);
    });
    expect(() => decodeClosing(closing)).to.throw(UnknownRecord);
    const { instances } = inLaterState(() => mirrorOf(ONE)).freeze();
    const file = inLaterState(() => Buffer.concat([...encodeInstances(AT, instances)]));
    expect(() => decodeInstances({ file: 'f', revision: 2, count: 1 }, file))
      .to.throw()
      .with.property('reason', 'store_format_newer');
  });

  it('is told as such where a snapshot has records of a table that is not known, which would be lost with the next; an empty one is nothing', () => {
    const read = (rows: readonly (readonly [string, object])[]) => {
      const tables = { ...tablesOf(new Mirror().freeze()), tomorrow: rows };
      const pieces = encodeDocuments({ format: 2, ...AT, instanceCount: 0, tables });
      return decodeDocuments('documents', Buffer.concat([...pieces]).toString());
    };
    expect(() => read([['key', { kept: true }]]))
      .to.throw()
      .with.property('reason', 'store_format_newer');
    expect(read([])).to.include(AT);
  });
});

/** Bytes that stand there once, with others in their place. */
function replaced(bytes: Buffer, what: Buffer, by: Buffer): Buffer {
  const at = bytes.indexOf(what);
  expect([at >= 0, bytes.indexOf(what, at + 1)]).to.deep.equal([true, -1]);
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + what.length)]);
}
