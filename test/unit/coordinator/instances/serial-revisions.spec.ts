import { expect } from 'chai';
import { SerialRevisions } from '../../../../coordinator/instances/serial-revisions.js';

describe('SerialRevisions', () => {
  it('remembers the latest revision of each serial, however far apart they are', () => {
    const revisions = new SerialRevisions();
    revisions.set(1, 7);
    revisions.set(1_000_000_001, 8);
    revisions.set(1, 9);
    expect([1, 2, 1_000_000_001].map((serial) => revisions.get(serial))).to.deep.equal([9, undefined, 8]);
  });

  it('forgets a serial, the last of a page too, and takes it up again', () => {
    const revisions = new SerialRevisions();
    revisions.set(5, 1);
    revisions.set(6, 2);
    revisions.delete(5);
    expect(revisions.get(6)).to.equal(2);
    revisions.delete(6);
    revisions.delete(6);
    expect(revisions.get(6)).to.equal(undefined);
    revisions.set(6, 3);
    expect(revisions.get(6)).to.equal(3);
  });
});
