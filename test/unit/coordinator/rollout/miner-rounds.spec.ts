import { expect } from 'chai';
import { MinerRounds } from '../../../../coordinator/rollout/miner-rounds.js';

const PRIORITIES: Readonly<Record<string, number>> = { high: 900, middle: 500, other: 500, low: 100 };
const newRounds = (): MinerRounds => new MinerRounds((name) => PRIORITIES[name] ?? 0);

describe('turns of miners', () => {
  it('go to those with more priority first', () => {
    expect([...newRounds().round(['low', 'high', 'middle'])]).to.deep.equal(['high', 'middle', 'low']);
  });

  it('go next to one that comes in between with more priority than the one before it', () => {
    const [turns, order] = [newRounds(), Array.of<string>()];
    for (const name of turns.round(['middle', 'low'])) {
      order.push(name);
      if (name === 'middle') for (const late of ['high', 'other']) turns.note(late);
    }
    expect(order).to.deep.equal(['middle', 'high', 'low']);
  });

  it('come to all, however often one overtakes', () => {
    const [turns, order] = [newRounds(), Array.of<string>()];
    for (const name of turns.round(['middle', 'low'])) {
      order.push(name);
      turns.note('high');
    }
    expect(order).to.deep.equal(['middle', 'high', 'low', 'high']);
  });

  it('forget at the end of a round who came in it', () => {
    const turns = newRounds();
    for (const name of turns.round(['low', 'middle'])) {
      turns.note('high');
      if (name === 'middle') break;
    }
    turns.note('high');
    expect([...turns.round(['low'])]).to.deep.equal(['low']);
  });
});
