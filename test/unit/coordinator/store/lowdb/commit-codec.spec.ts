import { expect } from 'chai';
import fc from 'fast-check';
import { HEALTH_STATES, INSTANCE_STATES } from '../../../../../common/model/instance.js';
import type { InstanceRecord } from '../../../../../common/model/instance.js';
import { ByteWriter } from '../../../../../coordinator/store/lowdb/byte-writer.js';
import { CommitDecoder, CommitEncoder } from '../../../../../coordinator/store/lowdb/commit-codec.js';
import { decodeInstances, encodeInstances } from '../../../../../coordinator/store/lowdb/instance-file.js';
import { DOCUMENT_TABLES } from '../../../../../coordinator/store/store.js';
import type { StoreChange, StoreCommit } from '../../../../../coordinator/store/store.js';
import { sampleCommit, sampleInstance } from '../../../../support/store-samples.js';

const text = fc.string({ unit: 'binary', maxLength: 200 });
const name = fc.oneof(fc.constantFrom('alpha', 'beta', 'gamma'), text);
const timeMs = fc.integer({ min: 0, max: 2 ** 50 });
const natural = fc.oneof(fc.nat(300), fc.maxSafeNat());
const json = fc.dictionary(text, fc.jsonValue({ depthSize: 'small' })).map(toJson);

const instance: fc.Arbitrary<InstanceRecord> = fc.record({
  serial: natural,
  miner: name,
  workloadId: natural,
  hostId: fc.option(name, { nil: undefined }),
  state: fc.constantFrom(...INSTANCE_STATES),
  health: fc.constantFrom(...HEALTH_STATES),
  reason: name,
  text,
  restarts: natural,
  exitCode: fc.option(fc.integer(), { nil: undefined }),
  hostPorts: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 4 }),
  gpuIds: fc.array(name, { maxLength: 3 }),
  containerId: fc.oneof(fc.constant(''), text),
  createdAtMs: timeMs,
  changedAtMs: timeMs,
  startedAtMs: timeMs,
});

const table = fc.constantFrom(...DOCUMENT_TABLES);
const change: fc.Arbitrary<StoreChange> = fc.oneof(
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

describe('The instance file', () => {
  it('gives back instances over several blocks as they were', () => {
    const instances = Array.from({ length: 2500 }, (_, index) =>
      sampleInstance({ serial: index + 1, hostId: `host-${String(index % 7)}`, changedAtMs: 1_000_000 - index }),
    );
    // Each piece is valid until the next is drawn.
    const pieces = [...encodeInstancesCopied(instances)];
    expect(decodeInstances('file', Buffer.concat(pieces), 9, 2500)).to.deep.equal(instances);
  });
});

function* encodeInstancesCopied(instances: readonly InstanceRecord[]): Generator<Buffer> {
  for (const piece of encodeInstances({ sequence: 3, revision: 9, epoch: 1 }, instances)) yield Buffer.from(piece);
}

// As JSON sees it: no -0.
function toJson(value: object): object {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return Object(copy) === copy ? (copy as object) : {};
}
