import { expect } from 'chai';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { HeadframeError } from '../../../../../common/model/error.js';
import { ByteWriter } from '../../../../../coordinator/store/records/byte-writer.js';
import { CommitEncoder } from '../../../../../coordinator/store/records/commit-codec.js';
import { encodeHeader, FILE_HEADER_BYTES } from '../../../../../coordinator/store/records/file-header.js';
import { writeFrame } from '../../../../../coordinator/store/records/frame.js';
import { scanSegment } from '../../../../../coordinator/store/lowdb/segment-scan.js';
import type { StoreCommit } from '../../../../../coordinator/store/store.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { randomCommit } from '../../../../support/store-samples.js';

/** A share of `npm test`'s 100,000 generated histories; each takes about 0.2 ms. */
const HISTORIES = 20_000;
const WHOLE_HISTORIES = 5_000;

/** A journal segment as it was written: which commits each write carried, and where each commit's frame lies. */
interface Segment {
  readonly bytes: Buffer;
  readonly commits: readonly StoreCommit[];
  /** Start of each commit's frame, and the end of the last. */
  readonly offsets: readonly number[];
  /** Start of the write that carried each commit. */
  readonly batches: readonly number[];
}

/** Writes a history: so many commits in each write. */
function write(seed: number, groups: readonly number[]): Segment {
  const random = seededRandom(seed);
  const [writer, encoder] = [new ByteWriter(), new CommitEncoder()];
  const commits: StoreCommit[] = [];
  const offsets: number[] = [];
  const batches: number[] = [];
  for (const count of groups) {
    const batch = FILE_HEADER_BYTES + writer.length;
    for (let left = count; left > 0; left -= 1) {
      const commit = randomCommit(random, commits.length + 1);
      commits.push(commit);
      offsets.push(FILE_HEADER_BYTES + writer.length);
      batches.push(batch);
      writeFrame(writer, batch, () => encoder.write(writer, { commit, epoch: 1 }));
    }
  }
  const header = encodeHeader({ kind: 'journal', sequence: 1, revision: 0, epoch: 1 });
  const bytes = Buffer.concat([header, writer.view()]);
  return { bytes, commits, offsets: [...offsets, bytes.length], batches };
}

/** Reads a segment; the error instead of an end when it refuses. */
function read(bytes: Buffer, last: boolean): { commits: StoreCommit[]; end: number | HeadframeError } {
  const commits: StoreCommit[] = [];
  try {
    const scan = scanSegment({ name: 'segment', bytes, last }, (commit) => commits.push(commit.whole()));
    return { commits, end: scan.end };
  } catch (thrown) {
    if (thrown instanceof HeadframeError && thrown.code === 'data_loss') return { commits, end: thrown };
    throw thrown;
  }
}

const history = fc.record({
  seed: fc.integer({ min: 1 }),
  groups: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bit: fc.nat(7),
});

/** A place behind the header. */
const placeOf = ({ bytes }: Segment, at: number): number =>
  FILE_HEADER_BYTES + Math.floor(at * (bytes.length - FILE_HEADER_BYTES));

const wholeBefore = ({ offsets }: Segment, place: number): number =>
  offsets.filter((offset) => offset <= place).length - 1;

function expectSame(actual: readonly StoreCommit[], expected: readonly StoreCommit[]): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).to.deep.equal(expected);
}

describe(`The journal over ${String(2 * HISTORIES + WHOLE_HISTORIES)} generated histories`, function () {
  this.timeout(240_000);

  it('torn anywhere, keeps every commit that is whole and no part of another; torn before its end, refuses', () => {
    fc.assert(
      fc.property(history, ({ seed, groups, at }) => {
        const segment = write(seed, groups);
        const torn = segment.bytes.subarray(0, placeOf(segment, at));
        const whole = wholeBefore(segment, torn.length);
        const { commits, end } = read(torn, true);
        expectSame(commits, segment.commits.slice(0, whole));
        expect(end).to.equal(segment.offsets[whole]);
        const refused = read(torn, false);
        expectSame(refused.commits, commits);
        expect(refused.end instanceof HeadframeError).to.equal(torn.length > (segment.offsets[whole] ?? 0));
      }),
      { numRuns: HISTORIES },
    );
  });

  it('with a bit flipped anywhere, gives what lies before it, and refuses unless it can have been the last write', () => {
    fc.assert(
      fc.property(history, ({ seed, groups, at, bit }) => {
        const segment = write(seed, groups);
        const place = placeOf(segment, at);
        segment.bytes[place] = (segment.bytes[place] ?? 0) ^ (1 << bit);
        const hit = wholeBefore(segment, place);
        const start = segment.offsets[hit] ?? 0;
        const { commits, end } = read(segment.bytes, true);
        expectSame(commits, segment.commits.slice(0, hit));
        const isProven = segment.batches.some((batch) => batch > start);
        if (isProven) expect(end).to.nested.include({ 'metadata.file': 'segment', 'metadata.offset': String(start) });
        else expect(end).to.equal(start);
      }),
      { numRuns: HISTORIES },
    );
  });

  it('whole, is read as it was written, whatever came behind it at the end', () => {
    fc.assert(
      fc.property(history, fc.uint8Array({ maxLength: 40 }), ({ seed, groups }, rest) => {
        const segment = write(seed, groups);
        const { commits, end } = read(Buffer.concat([segment.bytes, rest]), true);
        expectSame(commits, segment.commits);
        expect(end).to.equal(segment.bytes.length);
      }),
      { numRuns: WHOLE_HISTORIES },
    );
  });
});
