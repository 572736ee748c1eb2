import { expect } from 'chai';
import fc from 'fast-check';
import { PendingList } from '../../../../coordinator/scheduler/pending-list.js';

const step = fc.oneof(
  fc.record({ kind: fc.constant('toggle' as const), serial: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('take' as const), serial: fc.integer({ min: 0, max: 5 }) }),
);

describe('a list of pending serials', () => {
  it('acts like a sorted set that is taken from the front', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const list = new PendingList();
        const model = new Set<number>();
        const sorted = (): number[] => [...model].sort((a, b) => a - b);
        for (const { kind, serial } of steps) {
          if (kind === 'take') {
            const expected = sorted().slice(0, serial);
            expect(list.take(serial)).to.deep.equal(expected);
            for (const taken of expected) model.delete(taken);
          } else if (model.delete(serial)) list.remove(serial);
          else {
            model.add(serial);
            list.add(serial);
          }
          expect(list.size).to.equal(model.size);
          expect(list.first()).to.equal(sorted()[0]);
          expect(list.oldest(10)).to.deep.equal(sorted().slice(0, 10));
        }
      }),
    );
  });

  it('stays exact through ten thousand removals from the middle', () => {
    const list = new PendingList();
    for (let serial = 1; serial <= 10_000; serial += 1) list.add(serial);
    for (let serial = 2; serial < 10_000; serial += 1) list.remove(serial);
    expect(list.take(5)).to.deep.equal([1, 10_000]);
  });
});
