import { expect } from 'chai';
import fc from 'fast-check';
import { ALIKE, rowsOf } from '../../../../../coordinator/instances/instance-rows.js';
import { ByteWriter } from '../../../../../coordinator/store/records/byte-writer.js';
import { CommitDecoder, CommitEncoder } from '../../../../../coordinator/store/records/commit-codec.js';
import { DOCUMENT_TABLES } from '../../../../../coordinator/store/store.js';
import type { StoreChange, StoreCommit } from '../../../../../coordinator/store/store.js';
import {
  natural,
  storedInstance as instance,
  storedText as text,
  timeMs,
} from '../../../../support/arbitraries/stored-instance.js';
import { sampleCommit, sampleInstance } from '../../../../support/store-samples.js';

const json = fc.dictionary(text, fc.jsonValue({ depthSize: 'small' })).map(toJson);

const table = fc.constantFrom(...DOCUMENT_TABLES);
const rows = fc
  .record({ like: instance, others: fc.array(instance, { maxLength: 6 }), alike: fc.boolean() })
  .map(({ like, others, alike }) => {
    const records = [like, ...others].map((one) => ({ ...one, serial: one.serial % 2 ** 50 }));
    const [first = like] = records;
    const serials = records.map(({ serial }) => serial);
    return alike ? { like: first, serials, columns: ALIKE } : (rowsOf(records) ?? { like, serials, columns: ALIKE });
  });
const change: fc.Arbitrary<StoreChange> = fc.oneof(
  rows.map((one) => ({ kind: 'instances' as const, rows: one })),
  instance.map((record) => ({ kind: 'instance' as const, record })),
  natural.map((serial) => ({ kind: 'instanceRemoved' as const, serial })),
  fc.record({ kind: fc.constant('document' as const), table, key: text, value: json }),
  fc.record({ kind: fc.constant('documentRemoved' as const), table, key: text }),
);

const commit: fc.Arbitrary<StoreCommit> = fc
  .record({ revision: natural, atMs: timeMs, changes: fc.array(change, { maxLength: 8 }), events: fc.nat(2) })
  .map(({ events, ...rest }) => ({ ...rest, events: sampleCommit(rest.revision, [], events).events }));

describe('The commit codec', () => {
  it('gives back every series of commits as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ commit, epoch: natural }), { maxLength: 6 }), (commits) => {
        const [writer, encoder, decoder] = [new ByteWriter(), new CommitEncoder(), new CommitDecoder()];
        const ends = commits.map((one) => {
          encoder.write(writer, one);
          return writer.length;
        });
        const bytes = writer.view();
        const read = ends.map((end, index) => decoder.read(bytes, ends[index - 1] ?? 0, end));
        expect(read).to.deep.equal(commits);
      }),
    );
  });

  it('keeps consecutive serials that differ in nothing else in the bytes of one', () => {
    const sizes = [1, 1000].map((count) => {
      const writer = new ByteWriter();
      const serials = Array.from({ length: count }, (_, at) => at + 1);
      const all = { kind: 'instances' as const, rows: { like: sampleInstance(), serials, columns: ALIKE } };
      new CommitEncoder().write(writer, { commit: sampleCommit(1, [all]), epoch: 1 });
      return writer.length;
    });
    expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).to.be.below(4);
  });

  it('keeps a text that recurs as a number', () => {
    const sizes = [1, 2].map((times) => {
      const writer = new ByteWriter();
      const changes = Array.from({ length: times }, () => ({ kind: 'instance' as const, record: sampleInstance() }));
      new CommitEncoder().write(writer, { commit: sampleCommit(1, changes), epoch: 1 });
      return writer.length;
    });
    const container = sampleInstance().containerId.length;
    expect((sizes[1] ?? 0) - (sizes[0] ?? 0)).to.be.below(container + 30);
  });

  for (const [what, patch] of [
    ['a fraction', { createdAtMs: 0.5 }],
    ['not a number', { restarts: Number.NaN }],
    ['negative where it must not be', { serial: -1 }],
    ['beyond what is exact', { workloadId: 2 ** 53 }],
  ] as const) {
    it(`refuses a number that is ${what}, rather than change it`, () => {
      const changes = [{ kind: 'instance' as const, record: sampleInstance(patch) }];
      const write = (): void =>
        new CommitEncoder().write(new ByteWriter(), { commit: sampleCommit(1, changes), epoch: 1 });
      expect(write).to.throw(RangeError);
    });
  }

  it('refuses bytes that end inside a value', () => {
    const writer = new ByteWriter();
    new CommitEncoder().write(writer, {
      commit: sampleCommit(1, [{ kind: 'instance', record: sampleInstance() }]),
      epoch: 1,
    });
    for (let end = 0; end < writer.length; end++) {
      expect(() => new CommitDecoder().read(writer.view(), 0, end), String(end)).to.throw(RangeError);
    }
  });
});

// As JSON sees it: no -0.
function toJson(value: object): object {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return Object(copy) === copy ? (copy as object) : {};
}
