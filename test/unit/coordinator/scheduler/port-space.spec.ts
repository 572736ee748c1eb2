import { expect } from 'chai';
import { PortSpace } from '../../../../coordinator/scheduler/port-space.js';

function spaceOf(start: number, end: number): PortSpace {
  const space = new PortSpace();
  space.setRange(start, end);
  return space;
}

describe('the port space of a host', () => {
  it('gives the ports of its range one after another and then none', () => {
    const space = spaceOf(100, 102);
    expect([1, 2, 3, 4].map(() => space.takeNext('tcp'))).to.deep.equal([100, 101, 102, undefined]);
  });

  it('lets a freed port rest until the others had their turn', () => {
    const space = spaceOf(100, 102);
    space.takeNext('tcp');
    space.release('tcp', 100);
    expect([1, 2, 3].map(() => space.takeNext('tcp'))).to.deep.equal([101, 102, 100]);
  });

  it('keeps the protocols apart', () => {
    const space = spaceOf(100, 100);
    expect([space.takeNext('tcp'), space.takeNext('udp')]).to.deep.equal([100, 100]);
  });

  it('leaves out ports that were taken by number', () => {
    const space = spaceOf(100, 102);
    space.take('tcp', 100);
    space.take('tcp', 5000);
    expect(space.takeNext('tcp')).to.equal(101);
    expect(space.freeInRange('tcp')).to.equal(1);
  });

  it('counts a port once however often it is taken or released', () => {
    const space = spaceOf(100, 101);
    space.take('tcp', 100);
    space.take('tcp', 100);
    expect(space.freeInRange('tcp')).to.equal(1);
    space.release('tcp', 100);
    space.release('tcp', 100);
    expect(space.freeInRange('tcp')).to.equal(2);
  });

  it('finds the last free port of a large range, and again after the range moved', () => {
    const space = spaceOf(20_001, 29_999);
    for (let port = 20_001; port <= 29_999; port += 1) if (port !== 27_777) space.take('tcp', port);
    expect(space.takeNext('tcp')).to.equal(27_777);
    space.setRange(29_990, 30_001);
    expect([space.takeNext('tcp'), space.takeNext('tcp'), space.takeNext('tcp')]).to.deep.equal([
      30_000,
      30_001,
      undefined,
    ]);
  });

  it('has no ports to give without a range', () => {
    expect(new PortSpace().takeNext('tcp')).to.equal(undefined);
  });

  it('is not changed through a copy', () => {
    const space = spaceOf(100, 101);
    space.takeNext('tcp');
    const copy = space.copy();
    expect(copy.takeNext('tcp')).to.equal(101);
    expect(space.taken('tcp')).to.deep.equal([100]);
  });
});
