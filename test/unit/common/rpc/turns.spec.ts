import { expect } from 'chai';
import { waitInTurns } from '../../../../common/rpc/turns.js';

/** A clock whose timers fire when the test says so. */
class Timers {
  readonly delays: number[] = [];
  #fn: (() => void) | undefined;

  readonly setTimer = (fn: () => void, delayMs: number): (() => void) => {
    this.delays.push(delayMs);
    this.#fn = fn;
    return () => {
      this.#fn = undefined;
    };
  };

  get isArmed(): boolean {
    return this.#fn !== undefined;
  }

  fire(): void {
    const fn = this.#fn;
    this.#fn = undefined;
    fn?.();
  }
}

describe('waiting in turns', () => {
  it('takes as many turns as there are seconds, however late each is', () => {
    const [timers, told] = [new Timers(), [] as string[]];
    waitInTurns(timers, 2_500, { atTurn: () => told.push('turn'), atEnd: () => told.push('end') });
    timers.fire();
    timers.fire();
    expect(told).to.deep.equal(['turn', 'turn']);
    timers.fire();
    expect(told).to.deep.equal(['turn', 'turn', 'end']);
    expect(timers.delays).to.deep.equal([1_000, 1_000, 500]);
    expect(timers.isArmed).to.equal(false);
  });

  it('is over when it is stopped, also by a turn', () => {
    const [timers, told] = [new Timers(), [] as string[]];
    const atEnd = (): unknown => told.push('end');
    waitInTurns(timers, 5_000, { atEnd })();
    expect(timers.isArmed).to.equal(false);
    const stop = waitInTurns(timers, 5_000, {
      atTurn: () => {
        stop();
      },
      atEnd,
    });
    timers.fire();
    expect([timers.isArmed, told]).to.deep.equal([false, []]);
  });
});
