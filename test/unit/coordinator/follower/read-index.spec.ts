import { expect } from 'chai';
import { ReadIndex } from '../../../../coordinator/follower/read-index.js';
import { ManualClock } from '../../../support/manual-clock.js';

const GRAIN_MS = 20;

describe('The age of records that another coordinator changes', () => {
  let clock: ManualClock;
  let index: ReadIndex;
  let here: number | undefined;
  const lost: number[] = [];
  const questions: ((revision: number | undefined) => void)[] = [];

  beforeEach(() => {
    questions.length = 0;
    clock = new ManualClock();
    [here, lost.length] = [undefined, 0];
    const ask = () => new Promise<number | undefined>((resolve) => questions.push(resolve));
    index = new ReadIndex({ clock, ask, here: () => here, onLost: (revision) => lost.push(revision) });
  });

  /** Asks, and is answered as much later. */
  const asked = async (revision: number | undefined, afterMs = 0): Promise<void> => {
    const answer = index.ask();
    clock.advance(afterMs);
    questions.at(-1)?.(revision);
    expect(await answer).to.equal(revision);
  };

  it('is counted from when the question was sent whose answer has been reached', async () => {
    expect(index.ageMs(9)).to.equal(Infinity);
    await asked(5, 300);
    expect(index.ageMs(4)).to.equal(Infinity);
    expect(index.ageMs(5)).to.equal(300 + GRAIN_MS);
    clock.advance(1_000);
    await asked(7, 100);
    expect(index.ageMs(6)).to.equal(1_400 + GRAIN_MS);
    expect(index.ageMs(7)).to.equal(100 + GRAIN_MS);
    clock.suspend(60_000);
    expect(index.ageMs(8)).to.equal(60_100 + GRAIN_MS);
  });

  it('is that of the newest answer among those reached, and grows while there is none', async () => {
    for (const revision of [3, 5, 9]) {
      await asked(revision);
      clock.advance(1_000);
    }
    expect(index.ageMs(6)).to.equal(2_000 + GRAIN_MS);
    await asked(undefined);
    clock.advance(1_000);
    expect(index.ageMs(6)).to.equal(3_000 + GRAIN_MS);
    expect(index.ageMs(9)).to.equal(2_000 + GRAIN_MS);
  });

  it('is not known of records that were read anew and have less than before, until an answer is reached', async () => {
    await asked(5);
    expect(index.ageMs(5)).to.equal(GRAIN_MS);
    expect(index.ageMs(4)).to.equal(Infinity);
    await asked(4);
    expect(index.ageMs(4)).to.equal(GRAIN_MS);
  });

  it('is known, and no more is kept, however many answers are ahead of what is there', async () => {
    for (let revision = 1; revision <= 1_000; revision += 1) {
      await asked(revision);
      clock.advance(10);
    }
    expect(index.ageMs(0)).to.equal(Infinity);
    expect(index.ageMs(1)).to.equal(10_000 + GRAIN_MS);
    // The later ones were let go, so that it is told as older than it is.
    expect(index.ageMs(999)).to.be.within(9_000, 10_000);
    expect(index.ageMs(1_000)).to.equal(10 + GRAIN_MS);
  });

  it('is not known any more once the one that leads lacks what was here before it was asked', async () => {
    here = 5;
    await asked(5);
    expect(index.ageMs(5)).to.equal(GRAIN_MS);
    here = 8;
    await asked(7);
    expect([lost, index.ageMs(8)]).to.deep.equal([[7], Infinity]);
    here = 7;
    await asked(7);
    expect([lost, index.ageMs(7)]).to.deep.equal([[7], GRAIN_MS]);
    const late = index.ask();
    here = 9;
    questions.at(-1)?.(8);
    expect([await late, lost]).to.deep.equal([8, [7]]);
  });

  it('is asked for by one question at a time: who comes meanwhile has the next one, which is sent later', async () => {
    const first = index.ask();
    clock.advance(50);
    const others = [index.ask(), index.ask(), index.ask()];
    expect(questions).to.have.length(1);
    questions[0]?.(5);
    expect(await first).to.equal(5);
    await Promise.resolve();
    expect(questions).to.have.length(2);
    clock.advance(50);
    questions[1]?.(6);
    expect(await Promise.all(others)).to.deep.equal([6, 6, 6]);
    expect(questions).to.have.length(2);
    expect(index.ageMs(6)).to.equal(50 + GRAIN_MS);
    const last = index.ask();
    expect(questions).to.have.length(3);
    questions[2]?.(undefined);
    expect(await last).to.equal(undefined);
  });
});
