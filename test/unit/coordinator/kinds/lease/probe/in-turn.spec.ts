import { expect } from 'chai';
import { tryInTurn } from '../../../../../../coordinator/kinds/lease/probe/in-turn.js';
import type { Try } from '../../../../../../coordinator/kinds/lease/probe/in-turn.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

/** Three tries that come to what the test says, when it says so. */
function scene() {
  const clock = new ManualClock();
  const begun: number[] = [];
  const signals: AbortSignal[] = [];
  const ends: ((found: string) => void)[] = [];
  const reached: (() => void)[] = [];
  const tries = [0, 1, 2].map((at): Try<string> => (onReached, signal) => {
    begun.push(at);
    signals[at] = signal;
    reached[at] = onReached;
    return new Promise((resolve) => (ends[at] = resolve));
  });
  const found = tryInTurn(tries, (one) => one === 'good', clock);
  const end = async (at: number, what: string): Promise<void> => {
    ends[at]?.(what);
    await clock.advanceAsync(0);
  };
  return { clock, begun, signals, reached, end, found };
}

describe('tries in turn', () => {
  it('are no more than the first where that is good', async () => {
    const { clock, begun, end, found } = scene();
    await end(0, 'good');
    expect(await found).to.deep.equal(['good']);
    expect(begun).to.deep.equal([0]);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('go on with the next at once where one is not good, and tell all that came', async () => {
    const { clock, begun, end, found } = scene();
    await end(0, 'bad');
    expect(begun).to.deep.equal([0, 1]);
    await end(1, 'worse');
    await end(2, 'worst');
    expect(await found).to.deep.equal(['bad', 'worse', 'worst']);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('begin beside one that reaches nobody, and later beside one that has and does not end', async () => {
    const { clock, begun, reached, signals, end, found } = scene();
    clock.advance(250);
    expect(begun).to.deep.equal([0, 1]);
    reached[1]?.();
    clock.advance(1_999);
    expect(begun).to.deep.equal([0, 1]);
    clock.advance(1);
    expect(begun).to.deep.equal([0, 1, 2]);
    await end(1, 'good');
    expect(await found).to.deep.equal(['good']);
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true, true]);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('take what ends late in its own place, and are none where there are none', async () => {
    const { clock, end, found } = scene();
    clock.advance(250);
    await end(1, 'second');
    await end(2, 'third');
    await end(0, 'first');
    expect(await found).to.deep.equal(['first', 'second', 'third']);
    expect(await tryInTurn([], () => true, clock)).to.deep.equal([]);
  });
});
