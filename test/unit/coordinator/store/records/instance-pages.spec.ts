import { expect } from 'chai';
import fc from 'fast-check';
import type { InstanceRecord } from '../../../../../common/model/instance.js';
import { InstancePages } from '../../../../../coordinator/store/records/instance-pages.js';
import { decodeInstances, encodeInstances } from '../../../../../coordinator/store/records/instance-file.js';
import type { FrozenInstances } from '../../../../../coordinator/store/records/frozen-instances.js';
import type { InstanceRows } from '../../../../../coordinator/instances/instance-rows.js';
import { storedInstance } from '../../../../support/arbitraries/stored-instance.js';
import { sampleInstance } from '../../../../support/store-samples.js';

const bySerial = (records: Iterable<InstanceRecord>): InstanceRecord[] =>
  [...records].sort((a, b) => a.serial - b.serial);

/** Writes a snapshot file to the end. */
const fileOf = (frozen: FrozenInstances): Buffer =>
  Buffer.concat([...encodeInstances({ sequence: 1, revision: 9, epoch: 1 }, frozen)]);

const reread = (file: Buffer, count: number): InstanceRecord[] =>
  bySerial(decodeInstances({ file: 'file', revision: 9, count }, file).freeze());

/** What may happen to an pages; serials are few, so that records change and go. */
type Step =
  | { readonly kind: 'set'; readonly record: InstanceRecord }
  | { readonly kind: 'delete'; readonly serial: number }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'draw' };

const serial = fc.integer({ min: 1, max: 6 });
const set = fc
  .tuple(storedInstance, serial)
  .map(([record, s]): Step => ({ kind: 'set', record: { ...record, serial: s } }));
const remove = serial.map((s): Step => ({ kind: 'delete', serial: s }));
const step = fc.oneof(
  { weight: 6, arbitrary: set },
  { weight: 2, arbitrary: remove },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'freeze' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'draw' }) },
);

describe('The pages of instances', () => {
  it('holds what a map would, through snapshots taken and left off at any point', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [pages, model] = [new InstancePages(), new Map<number, InstanceRecord>()];
        let drawing: Iterator<InstanceRows> | undefined;
        for (const one of steps) {
          if (one.kind === 'set') {
            pages.set(one.record);
            model.set(one.record.serial, one.record);
          } else if (one.kind === 'delete') {
            pages.delete(one.serial);
            model.delete(one.serial);
          } else if (one.kind === 'freeze') drawing = pages.freeze().batches();
          else drawing?.next();
        }
        expect(bySerial(pages.freeze())).to.deep.equal(bySerial(model.values()));
      }),
    );
  });

  it('freezes a moment that later changes do not touch', () => {
    const pages = new InstancePages();
    const before = [1, 2, 3].map((serialNumber) => sampleInstance({ serial: serialNumber }));
    for (const record of before) pages.set(record);
    const frozen = pages.freeze();
    pages.set(sampleInstance({ serial: 1, text: 'changed' }));
    pages.delete(2);
    for (let round = 0; round < 3; round++) fileOf(pages.freeze());
    expect([...frozen]).to.deep.equal(before);
    expect(reread(fileOf(frozen), 3)).to.deep.equal(before);
  });

  it('gives back from a file what went in, over several chunks and with a record larger than one', () => {
    const pages = new InstancePages();
    const records = Array.from({ length: 9000 }, (_, index) =>
      sampleInstance({ serial: index + 1, hostId: `host-${String(index % 7)}`, changedAtMs: 1_000_000 - index }),
    );
    records.push(sampleInstance({ serial: 9001, containerId: 'x'.repeat(600_000) }), sampleInstance({ serial: 9002 }));
    for (const record of records) pages.set(record);
    const file = fileOf(pages.freeze());
    expect(reread(file, 9002)).to.deep.equal(records);
    const adopted = decodeInstances({ file: 'file', revision: 9, count: 9002 }, file);
    adopted.set(sampleInstance({ serial: 5, text: 'changed' }));
    adopted.delete(9001);
    const expected = records.filter((record) => record.serial !== 9001);
    expected[4] = sampleInstance({ serial: 5, text: 'changed' });
    expect(reread(fileOf(adopted.freeze()), 9001)).to.deep.equal(expected);
  });
});
