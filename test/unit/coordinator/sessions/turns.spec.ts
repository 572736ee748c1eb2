import { expect } from 'chai';
import { Turns } from '../../../../coordinator/sessions/turns.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('Turns', () => {
  let clock: ManualClock;
  let turns: (() => void)[];
  let done: string[];
  const yieldTurn = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
  const nextTurn = async (): Promise<void> => {
    turns.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };

  beforeEach(() => {
    clock = new ManualClock();
    turns = [];
    done = [];
  });

  it('acts once on what is asked for many times, in the order it came', async () => {
    const due = new Turns<string>({ clock, yieldTurn }, (item) => done.push(item));
    for (const item of ['a', 'b', 'a', 'c', 'b']) due.add(item);
    due.remove('c');
    expect(done).to.deep.equal([]);
    await nextTurn();
    expect(done).to.deep.equal(['a', 'b']);
    expect(turns).to.have.length(0);
  });

  it('yields after five milliseconds, and takes in what came meanwhile', async () => {
    const due = new Turns<string>({ clock, yieldTurn }, (item) => {
      done.push(item);
      clock.advance(2);
    });
    for (const item of ['a', 'b', 'c', 'd']) due.add(item);
    await nextTurn();
    expect(done).to.deep.equal(['a', 'b', 'c']);
    due.add('a');
    await nextTurn();
    expect(done).to.deep.equal(['a', 'b', 'c', 'd', 'a']);
    expect(turns).to.have.length(0);
  });
});
