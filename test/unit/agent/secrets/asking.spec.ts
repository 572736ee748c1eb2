import { expect } from 'chai';
import { Asking } from '../../../../agent/secrets/asking.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('asking for secrets', () => {
  function begin(connected = true) {
    const at = { clock: new ManualClock(), connected, asked: [] as number[][] };
    const send = (serials: readonly number[]): boolean => {
      if (at.connected) at.asked.push([...serials]);
      return at.connected;
    };
    return { at, asking: new Asking({ send, clock: at.clock }) };
  }

  it('waits for all answers before it asks for more', () => {
    const { at, asking } = begin();
    asking.want([1, 2]);
    asking.want([3]);
    asking.want([4]);
    asking.answered(1);
    expect(at.asked).to.deep.equal([[1, 2]]);
    asking.answered(2);
    expect(at.asked).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });

  it('asks again where no answer comes, and in the next session', () => {
    const { at, asking } = begin();
    asking.want([1, 2]);
    asking.answered(1);
    at.clock.advance(20_000);
    expect(at.asked).to.deep.equal([[1, 2], [2]]);
    asking.sessionBegan([3]);
    expect(at.asked.at(-1)).to.deep.equal([2, 3]);
  });

  it('keeps what it cannot ask for until there is a session', () => {
    const { at, asking } = begin(false);
    asking.want([1]);
    at.connected = true;
    asking.sessionBegan();
    expect(at.asked).to.deep.equal([[1]]);
  });

  it('asks for what could not be given after a while, unless it is forgotten by then', () => {
    const { at, asking } = begin();
    asking.want([1, 2]);
    for (const serial of [1, 2]) {
      asking.answered(serial);
      asking.wantLater(serial);
    }
    asking.forget(2);
    at.clock.advance(29_000);
    expect(at.asked).to.have.length(1);
    at.clock.advance(1_000);
    expect(at.asked).to.deep.equal([[1, 2], [1]]);
    asking.close();
  });
});
