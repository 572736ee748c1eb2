import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../../../../../common/model/clock.js';
import { Journal, claim } from '../../../../../coordinator/store/jetstream/journal.js';
import { encodeLogMessage, partsOf, writerTag } from '../../../../../coordinator/store/jetstream/log-message.js';
import { LogReader } from '../../../../../coordinator/store/jetstream/log-reader.js';
import { Patience } from '../../../../../coordinator/store/jetstream/patience.js';
import { ByteWriter } from '../../../../../coordinator/store/records/byte-writer.js';
import { CommitEncoder } from '../../../../../coordinator/store/records/commit-codec.js';
import { writeFrame } from '../../../../../coordinator/store/records/frame.js';
import type { StoreCommit } from '../../../../../coordinator/store/store.js';
import { FakeLogStream, randomFates } from '../../../../support/fake-log-stream.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { randomCommit } from '../../../../support/store-samples.js';
import { refusalOf } from '../../../../support/refusal-of.js';

/** Servers answer at once here, so nobody waits. */
const clock = { ...systemClock, sleep: () => Promise.resolve() };
const waiting = { clock, limitMs: 60_000, signal: new AbortController().signal };
const patience = (): Patience => new Patience(waiting);

const segmentOf = (epoch: number, revision: number, writer = `writer-${String(epoch)}`): Buffer =>
  encodeLogMessage({ kind: 'segment', format: 1, epoch, revision, writer });

/** Reads all of a stream. */
function readAll(stream: FakeLogStream): { commits: StoreCommit[]; reader: LogReader } {
  const commits: StoreCommit[] = [];
  const reader = new LogReader(stream.name, 0, (commit) => commits.push(commit.whole()));
  for (const [index, message] of stream.messages.entries()) reader.read(index + 1, message);
  return { commits, reader };
}

/** A coordinator that takes a journal over and commits to it, as the store does. */
class Writer {
  readonly #stream: FakeLogStream;
  readonly #encoder = new CommitEncoder();
  readonly #journal: Journal;
  readonly epoch: number;
  #revision: number;
  #group = 0;

  constructor(stream: FakeLogStream, at: { epoch: number; last: number; revision: number }) {
    this.#stream = stream;
    this.epoch = at.epoch;
    this.#revision = at.revision;
    this.#journal = new Journal(this.#stream, patience, at);
  }

  static async takeOver(stream: FakeLogStream): Promise<Writer> {
    for (;;) {
      const { reader } = readAll(stream);
      const at = { epoch: reader.epoch + 1, revision: reader.revision };
      // Two who begin the same epoch are told apart, as stores are.
      const message = segmentOf(at.epoch, at.revision, randomUUID());
      if (await claim(stream, message, reader.last, patience()))
        return new Writer(stream, { ...at, last: reader.last + 1 });
    }
  }

  /** Appends commits as one group, in parts of a few bytes. */
  async commit(commits: readonly StoreCommit[], partBytes = 40): Promise<void> {
    const writer = new ByteWriter();
    for (const commit of commits)
      writeFrame(writer, 0, () => this.#encoder.write(writer, { commit, epoch: this.epoch }));
    await this.#journal.append(() => partsOf(writer.view(), partBytes, { epoch: this.epoch, group: ++this.#group }));
    this.#revision += commits.length;
  }

  get revision(): number {
    return this.#revision;
  }
}

describe('The end of a journal', () => {
  it('keeps what was acknowledged once and in order, whatever gets lost or late, and whoever else writes', async () => {
    const history = fc.record({
      seed: fc.integer({ min: 1 }),
      steps: fc.array(fc.nat(9), { minLength: 5, maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ seed, steps }) => {
        const random = seededRandom(seed);
        const stream = new FakeLogStream();
        stream.fate = randomFates(random);
        const acknowledged = new Map<number, StoreCommit>();
        const writers = [await Writer.takeOver(stream)];
        const commitBy = async (writer: Writer): Promise<void> => {
          const commits = [1, 2].map((more) => randomCommit(random, writer.revision + more));
          const taken = await writer.commit(commits).then(
            () => true,
            () => false,
          );
          if (taken) for (const commit of commits) acknowledged.set(commit.revision, commit);
          else writers.splice(writers.indexOf(writer), 1);
        };
        for (const step of steps) {
          if (step === 0 || writers.length === 0)
            writers.push(...(await Promise.all([Writer.takeOver(stream), Writer.takeOver(stream)])));
          // All at once: those who were displaced do not know it yet.
          else await Promise.all(writers.slice(step > 6 ? 0 : -1).map(commitBy));
        }
        stream.deliverLate();
        const { commits } = readAll(stream);
        expect(commits.map(({ revision }) => revision)).to.deep.equal(commits.map((_, index) => index + 1));
        for (const [revision, commit] of acknowledged) expect(commits[revision - 1]).to.deep.equal(commit);
      }),
      { numRuns: 100 },
    );
  });

  it('is fenced for good by another who has taken it over, and what it wrote is not read', async () => {
    const stream = new FakeLogStream();
    const first = await Writer.takeOver(stream);
    const second = await Writer.takeOver(stream);
    const refusal = await refusalOf(first.commit([randomCommit(seededRandom(1), 1)]));
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_fenced' });
    expect(refusal.metadata).to.deep.equal({ stream: 'FAKE', sequence: '2' });
    await second.commit([randomCommit(seededRandom(2), 1)]);
    expect(readAll(stream).reader.revision).to.equal(1);
  });

  it('is fenced by who has taken it over since, also where something that is left over stands before that', async () => {
    const stream = new FakeLogStream();
    const first = await Writer.takeOver(stream);
    const second = await Writer.takeOver(stream);
    const leftover = partsOf(Buffer.from('of the first'), 100, { epoch: first.epoch, group: 9 });
    stream.messages.push(...leftover);
    await Writer.takeOver(stream);
    const refusal = await refusalOf(second.commit([randomCommit(seededRandom(1), 1)]));
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_fenced' });
    expect(readAll(stream).commits).to.deep.equal([]);
  });

  it('is fenced by another who has begun the same epoch, where its own beginning was lost', async () => {
    const stream = new FakeLogStream();
    stream.messages.push(segmentOf(1, 0, 'own'));
    const own = new Journal(stream, patience, { epoch: 1, writer: writerTag('own'), last: 1 });
    stream.messages.push(...partsOf(Buffer.from('late'), 100, { epoch: 1, writer: writerTag('own'), group: 9 }));
    await own.append(() => [segmentOf(1, 0, 'own')]);
    expect(own.last).to.equal(3);
    stream.messages.splice(0, 3, segmentOf(1, 0, 'other'), segmentOf(1, 0, 'other'), segmentOf(1, 0, 'other'));
    stream.messages.push(
      ...partsOf(Buffer.from('of the other'), 100, { epoch: 1, writer: writerTag('other'), group: 1 }),
    );
    const refusal = await refusalOf(own.append(() => [segmentOf(1, 0, 'own')]));
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_fenced' });
  });

  it('is given up when nothing is taken for as long as a commit may wait', async () => {
    const stream = new FakeLogStream();
    const writer = await Writer.takeOver(stream);
    stream.fate = () => 'lost';
    let nowMs = 0;
    const late = { ...waiting, clock: { ...clock, monotonicMs: () => (nowMs += 10_000) } };
    const journal = new Journal(stream, () => new Patience(late), { epoch: writer.epoch, last: 1 });
    const refusal = await refusalOf(journal.append(() => [segmentOf(1, 0)]));
    expect(refusal).to.include({ code: 'unavailable', reason: 'store_unreachable' });
  });

  it('says so at once when the servers refuse', async () => {
    const stream = new FakeLogStream();
    stream.put = async () => ({ kind: 'refused', cause: new Error('message size exceeds maximum allowed') });
    const journal = new Journal(stream, patience, { epoch: 1, last: 0 });
    const refusal = await refusalOf(journal.append(() => [segmentOf(1, 0)]));
    expect(refusal).to.include({ code: 'unavailable', reason: 'store_failed' });
  });

  it('sends a group again when something of an old leader has come in between', async () => {
    const stream = new FakeLogStream();
    const first = await Writer.takeOver(stream);
    const second = await Writer.takeOver(stream);
    const [leftover] = partsOf(Buffer.from('of the first'), 100, { epoch: first.epoch, group: 9 });
    stream.fate = () => {
      // Right before the second's own third part.
      if (stream.messages.length === 4 && leftover !== undefined) stream.messages.push(leftover);
      return 'stored';
    };
    const commit = randomCommit(seededRandom(5), 1);
    await second.commit([commit], 10);
    const { commits, reader } = readAll(stream);
    expect(commits).to.deep.equal([commit]);
    expect(reader.warnings.length).to.be.above(1);
  });
});
