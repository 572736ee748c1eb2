import { expect } from 'chai';
import { Inflow } from '../../../../common/observe/inflow.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('Inflow', () => {
  let clock: ManualClock;
  let heard: number[];
  let inflow: Inflow;

  beforeEach(() => {
    clock = new ManualClock();
    heard = [];
    inflow = new Inflow({ maxBytes: 8, maxPerSecond: 3 }, clock, (data) => heard.push(data.length));
  });

  const take = (bytes: number): void => {
    inflow.take(new Uint8Array(bytes), 'work');
  };

  it('leaves out what is too large, and counts it', () => {
    for (const bytes of [8, 9, 1]) take(bytes);
    expect(heard).to.deep.equal([8, 1]);
    expect(inflow.dropped).to.equal(1);
  });

  it('leaves out what comes too fast, until the next second', () => {
    for (let sent = 0; sent < 10; sent++) take(1);
    expect(heard).to.have.lengthOf(3);
    expect(inflow.dropped).to.equal(7);
    clock.advance(1000);
    take(1);
    expect(heard).to.have.lengthOf(4);
  });
});
