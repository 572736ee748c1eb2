import { expect } from 'chai';
import { mayFollow } from '../../../../common/model/instance.js';
import type { InstanceState } from '../../../../common/model/instance.js';

type At = readonly [state: InstanceState, restarts: number];

const follows = ([state, restarts]: At, [next, nextRestarts]: At): boolean =>
  mayFollow({ state, restarts }, { state: next, restarts: nextRestarts });

describe('mayFollow', () => {
  const cases: readonly (readonly [from: At, to: At, may: boolean])[] = [
    [['assigned', 0], ['preparing', 0], true],
    [['running', 0], ['running', 0], true],
    [['running', 0], ['starting', 0], false],
    [['running', 0], ['starting', 1], true],
    [['running', 1], ['assigned', 2], false],
    [['running', 2], ['starting', 1], false],
    [['stopping', 0], ['running', 1], false],
    [['stopping', 3], ['stopped', 0], true],
    [['failed', 0], ['running', 1], false],
    [['stopped', 0], ['failed', 0], false],
  ];
  for (const [from, to, may] of cases)
    it(`lets ${to.join(' ')} ${may ? 'follow' : 'not follow'} ${from.join(' ')}`, () => {
      expect(follows(from, to)).to.equal(may);
    });

  it('takes an end from an agent that has lost its count of restarts', () => {
    expect(follows(['running', 4], ['failed', 1])).to.equal(true);
    expect(follows(['starting', 4], ['stopped', 0])).to.equal(true);
  });
});
