import { expect } from 'chai';
import { SerialNumbers } from '../../../../coordinator/instances/serial-numbers.js';

describe('SerialNumbers', () => {
  it('remembers the latest number of each serial, 0 too, however far apart they are', () => {
    const numbers = new SerialNumbers();
    numbers.set(1, 7);
    numbers.set(1_000_000_001, 0);
    numbers.set(1, 9);
    expect([1, 2, 1_000_000_001].map((serial) => numbers.get(serial))).to.deep.equal([9, undefined, 0]);
  });

  it('forgets a serial, the last of a page too, and takes it up again', () => {
    const numbers = new SerialNumbers();
    numbers.set(5, 1);
    numbers.set(6, 2);
    numbers.delete(5);
    expect(numbers.get(6)).to.equal(2);
    numbers.delete(6);
    numbers.delete(6);
    expect(numbers.get(6)).to.equal(undefined);
    numbers.set(6, 3);
    expect(numbers.get(6)).to.equal(3);
  });
});
