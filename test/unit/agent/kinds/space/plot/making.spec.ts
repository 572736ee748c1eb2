import { expect } from 'chai';
import { PlotMaking } from '../../../../../../agent/kinds/space/plot/making.js';
import type { PlotProgress } from '../../../../../../agent/kinds/space/plot/making.js';
import type { FolderState } from '../../../../../../agent/kinds/space/format/merkle.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

const CHUNK = 65_536;
const BYTES = CHUNK * 32;
const CHUNKS = 40;
const plan = {
  minerKey: Buffer.alloc(32),
  plotSeed: Buffer.alloc(32),
  leafCount: CHUNKS * CHUNK,
  topLevels: 0,
};

function scene(bytesPerSecond: number) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const progress: PlotProgress[] = [];
  const saved: FolderState[] = [];
  const cuts: number[] = [];
  const making = new PlotMaking(
    {
      ...{ plan, clock, bytesPerSecond, cache: undefined, signal: stop.signal },
      checkpoint: async (state) => void saved.push(state),
      cut: (chunks) => Promise.resolve(void cuts.push(chunks)),
      onProgress: (now) => progress.push(now),
    },
    undefined,
  );
  return { clock, stop, progress, saved, cuts, making };
}

describe('the course of a plot that is made', () => {
  it('keeps to its rate, and tells rate and time left', async () => {
    const { clock, progress, making } = scene(BYTES);
    const done = making.run([{ make: async (index) => Buffer.alloc(32, index) }]);
    await clock.advanceAsync(9_500);
    expect(progress.at(-1)).to.deep.equal({
      doneBytes: 10 * BYTES,
      totalBytes: CHUNKS * BYTES,
      bytesPerS: (10 * BYTES) / 9,
      leftS: 27,
    });
    await clock.advanceAsync(31_000);
    expect(await done).to.have.length(32);
  });

  it('records every ten seconds how far it is in order, and not what came before its turn', async () => {
    const { clock, saved, making } = scene(BYTES);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const make = async (index: number): Promise<Buffer> => {
      if (index === 4) await held;
      return Buffer.alloc(32, index);
    };
    const done = making.run([{ make }, { make }]);
    await clock.advanceAsync(21_000);
    expect(saved.map(({ counts }) => counts[0])).to.deep.equal([4, 4]);
    letGo();
    await clock.advanceAsync(60_000);
    await done;
    expect(saved.at(-1)?.counts[0]).to.be.greaterThan(20);
  });

  it('ends when it is told to while it waits for its turn, and records what is made', async () => {
    const { clock, stop, saved, making } = scene(BYTES);
    const done = making.run([{ make: async (index) => Buffer.alloc(32, index) }]);
    const thrown = done.then(
      () => undefined,
      (error: unknown) => error,
    );
    await clock.advanceAsync(2_500);
    stop.abort();
    expect(await thrown).to.equal(stop.signal.reason);
    expect(saved.map(({ counts }) => counts[0])).to.deep.equal([3]);
  });

  it('throws what a thread throws, ends the others, and records what is made', async () => {
    const { saved, cuts, making } = scene(Infinity);
    const made: number[] = [];
    const make = async (index: number): Promise<Buffer> => {
      if (index === 7) throw new Error('the disk is gone');
      made.push(index);
      return Buffer.alloc(32, index);
    };
    const thrown = await making.run([{ make }, { make }]).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expect(thrown).to.equal('Error: the disk is gone');
    expect(made.length).to.be.lessThan(10);
    expect(saved.at(-1)?.counts[0]).to.equal(7);
    // What came behind them may be there in part.
    expect(cuts).to.deep.equal([7]);
  });
});
