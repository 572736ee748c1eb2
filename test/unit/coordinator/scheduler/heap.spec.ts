import { expect } from 'chai';
import fc from 'fast-check';
import { Heap } from '../../../../coordinator/scheduler/heap.js';

describe('a heap', () => {
  it('gives back what was pushed in order, also with pops in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
        const heap = new Heap<number>((a, b) => a < b);
        const model: number[] = [];
        for (const step of steps) {
          if (step !== undefined) {
            heap.push(step);
            model.push(step);
            model.sort((a, b) => a - b);
          } else expect(heap.pop()).to.equal(model.shift());
          expect(heap.peek()).to.equal(model[0]);
          expect(heap.size).to.equal(model.length);
        }
      }),
    );
  });
});
