import { expect } from 'chai';
import { systemClock } from '../../../../../common/model/clock.js';
import { Patience } from '../../../../../coordinator/store/jetstream/patience.js';
import { readNewestSnapshot, writeSnapshot } from '../../../../../coordinator/store/jetstream/snapshot.js';
import type { SnapshotName, SnapshotStream } from '../../../../../coordinator/store/jetstream/snapshot-stream.js';
import { Mirror } from '../../../../../coordinator/store/records/mirror.js';
import type { StoreCommit } from '../../../../../coordinator/store/store.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { recordsAfter, recordsOf } from '../../../../support/store-samples.js';
import { smallCommit } from '../../../../support/store-disk.js';

/** A stream of snapshots in memory. */
class FakeSnapshotStream implements SnapshotStream {
  readonly name = 'SNAPSHOTS';
  readonly messages = new Map<number, { of: SnapshotName; kind: 'chunk' | 'end'; message: Buffer }>();

  async list(): Promise<SnapshotName[]> {
    return [...new Set([...this.messages.values()].map(({ of }) => of))].sort((a, b) => a.revision - b.revision);
  }

  addChunk(of: SnapshotName, message: Buffer): Promise<number> {
    return this.#add(of, 'chunk', message);
  }

  addClosing(of: SnapshotName, message: Buffer): Promise<number> {
    return this.#add(of, 'end', message);
  }

  async closing(of: SnapshotName): Promise<{ sequence: number; message: Buffer } | undefined> {
    const found = [...this.messages].find(([, entry]) => entry.of === of && entry.kind === 'end');
    return found === undefined ? undefined : { sequence: found[0], message: found[1].message };
  }

  async get(sequence: number): Promise<Buffer | undefined> {
    return this.messages.get(sequence)?.message;
  }

  async remove(snapshot: SnapshotName): Promise<void> {
    for (const [sequence, { of }] of this.messages) if (of === snapshot) this.messages.delete(sequence);
  }

  async #add(of: SnapshotName, kind: 'chunk' | 'end', message: Buffer): Promise<number> {
    const sequence = 10 + this.messages.size;
    this.messages.set(sequence, { of, kind, message: Buffer.from(message) });
    return sequence;
  }
}

const patience = (): Patience =>
  new Patience({ clock: systemClock, limitMs: 1000, signal: new AbortController().signal });

const commitsUpTo = (revision: number): StoreCommit[] =>
  Array.from({ length: revision }, (_, index) => smallCommit(index + 1));

/** Writes a snapshot of so many commits; `chunks` of them, where not all. */
async function write(stream: FakeSnapshotStream, revision: number, chunks = Infinity): Promise<void> {
  const mirror = new Mirror();
  for (const commit of commitsUpTo(revision))
    for (const change of commit.changes) mirror.apply(change, commit.revision);
  const ended = new AbortController();
  const addChunk = stream.addChunk.bind(stream);
  let left = chunks;
  stream.addChunk = (...parts) => {
    if (--left === 0) ended.abort();
    return addChunk(...parts);
  };
  const name = { revision, epoch: 1, id: `id-${String(revision)}` };
  const start = { sequence: 3 * revision, revision, epoch: 1, offset: 0 };
  const writing = { stream, chunkBytes: 200, patience, signal: ended.signal };
  await writeSnapshot(writing, { name, start, records: mirror.freeze() }).catch((thrown: unknown) => {
    if (!ended.signal.aborted) throw thrown;
  });
  stream.addChunk = addChunk;
}

describe('Snapshots in a stream', () => {
  it('give back all records, and where the journal goes on', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 4);
    await write(stream, 9);
    const read = await readNewestSnapshot(stream, patience);
    expect(read?.closing).to.include({ sequence: 27, revision: 9, epoch: 1 });
    expect(read?.closing.chunks.length).to.be.above(3);
    expect(recordsOf(read?.mirror.freeze() ?? new Mirror().freeze())).to.deep.equal(recordsAfter(commitsUpTo(9)));
  });

  it('count once they are closed: until then the one before does', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 4, 2);
    expect(await readNewestSnapshot(stream, patience)).to.equal(undefined);
    await write(stream, 6);
    await write(stream, 9, 2);
    expect((await readNewestSnapshot(stream, patience))?.closing.revision).to.equal(6);
  });

  it('name the message that is damaged or missing', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 9);
    for (const [sequence, { message }] of [...stream.messages]) {
      message.writeUInt8(message.readUInt8(20) ^ 4, 20);
      const damaged = await refusalOf(readNewestSnapshot(stream, patience));
      message.writeUInt8(message.readUInt8(20) ^ 4, 20);
      expect(damaged).to.include({ code: 'data_loss', reason: 'store_damaged' });
      expect(damaged.metadata).to.include({ stream: 'SNAPSHOTS', sequence: String(sequence) });
    }
    stream.messages.delete(11);
    expect((await refusalOf(readNewestSnapshot(stream, patience))).metadata).to.include({ sequence: '11' });
  });

  it('are given up for a newer one that takes their place while they are read', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 4);
    const get = stream.get.bind(stream);
    stream.get = async (sequence) => {
      stream.get = get;
      const [older] = await stream.list();
      await write(stream, 9);
      if (older !== undefined) await stream.remove(older);
      return get(sequence);
    };
    const read = await readNewestSnapshot(stream, patience);
    expect(read?.closing.revision).to.equal(9);
    expect(read?.damage).to.equal(undefined);
  });

  it('are passed over for an older one when they are damaged, and that is told', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 4);
    await write(stream, 9);
    const [first] = [...stream.messages].filter(([, { of, kind }]) => of.revision === 9 && kind === 'chunk');
    stream.messages.delete(first?.[0] ?? 0);
    const read = await readNewestSnapshot(stream, patience);
    expect(read?.closing.revision).to.equal(4);
    expect(read?.damage?.metadata).to.include({ sequence: String(first?.[0]) });
  });

  it('are refused when their chunks are whole but not those that were written', async () => {
    const stream = new FakeSnapshotStream();
    await write(stream, 9);
    const [first, second] = [stream.messages.get(10), stream.messages.get(11)];
    if (first === undefined || second === undefined) throw new Error('the snapshot has two chunks or more');
    stream.messages.set(10, second).set(11, first);
    expect((await refusalOf(readNewestSnapshot(stream, patience))).code).to.equal('data_loss');
  });
});
