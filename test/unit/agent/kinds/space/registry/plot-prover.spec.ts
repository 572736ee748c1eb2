import { mkdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { proofFault } from '../../../../../../agent/kinds/space/format/block-proof.js';
import { createPlot } from '../../../../../../agent/kinds/space/plot/create-plot.js';
import { openProver } from '../../../../../../agent/kinds/space/registry/plot-prover.js';
import type { PlotProver, ProverReport } from '../../../../../../agent/kinds/space/registry/plot-prover.js';
import { openRegistry } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import type { PlotRegistry } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import type { Clock } from '../../../../../../common/model/clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const SIGNAL = new AbortController().signal;
const goal = (byte: number) => ({ challenge: Buffer.alloc(32, byte), epoch: BigInt(byte) });

describe('the prover of a host', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let registry: PlotRegistry;
  let prover: PlotProver;
  const told: ProverReport[] = [];
  const timers: number[] = [];
  /** Whether deadlines are over at once; reads have less time than any of them. */
  let isHurried = false;
  const clock: Clock = {
    ...systemClock,
    setTimer: (fn, delayMs) => {
      timers.push(delayMs);
      if (isHurried && delayMs > 15_000) queueMicrotask(fn);
      return systemClock.setTimer(fn, delayMs);
    },
  };
  const at = (name: string) => join(temp.path, `${name}.plot`);

  before(async () => {
    temp = await makeTempDir();
    await mkdir(join(temp.path, 'gone'));
    for (const [seed, name] of ['one', 'two', 'gone/three'].entries()) {
      const plan = {
        minerKey: Buffer.alloc(32, 7),
        plotSeed: Buffer.alloc(32, seed),
        leafCount: 5_000,
        topLevels: seed,
      };
      const request = { path: at(name), plan, threads: 1, bytesPerSecond: Infinity, keepFreeBytes: 0 };
      await createPlot(request, { clock: systemClock, signal: SIGNAL, onProgress: () => undefined });
    }
    const options = { folders: [temp.path, join(temp.path, 'gone')], listPath: join(temp.path, 'list.json') };
    const tools = { clock: systemClock, report: () => undefined };
    registry = await openRegistry(options, tools);
    const report = (news: ProverReport): void => void told.push(news);
    prover = await openProver(
      registry,
      { threadsPerDisk: 1, readTimeoutMs: 10_000, deadlineMs: 60_000 },
      { clock, report },
    );
  });
  after(async () => {
    prover.close();
    await temp[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    told.splice(0);
    timers.splice(0);
  });

  it('proves the best leaf of all plots, and tells how many answered and how long each took', async () => {
    const roots = new Set<string>();
    for (let byte = 1; byte <= 12; byte += 1) {
      const found = await prover.prove(goal(byte), SIGNAL);
      if (found === undefined) throw new Error('no plot answered');
      const { challenge } = goal(byte);
      const { plotRoot, score, proof } = found;
      expect(proofFault({ ...proof, challenge, plotRoot, score }, { challenge, plotRoot })).to.equal(undefined);
      roots.add(plotRoot.toString('hex'));
    }
    // Each of the three is the best for some challenge of twelve.
    expect(roots.size).to.equal(3);
    expect(told.filter(({ kind }) => kind !== 'proved')).to.deep.equal([]);
    expect(told[0]).to.deep.include({ kind: 'proved', answered: 3, plots: 3, epoch: 1n });
    expect([...prover.times.keys()].sort()).to.deep.equal(['gone/three', 'one', 'two'].map(at).sort());
  });

  it('takes no longer than it is told, and says nothing of disks for want of the usual time', async () => {
    await prover.prove(goal(1), SIGNAL, 30_000);
    expect(Math.max(...timers.splice(0))).to.be.within(20_000, 30_000);
    const levels = () => told.splice(0).flatMap((one) => (one.kind === 'deadline' ? [one.level] : []));
    isHurried = true;
    await prover.prove(goal(1), SIGNAL, 30_000);
    expect(levels()).to.deep.equal([]);
    await prover.prove(goal(1), SIGNAL);
    isHurried = false;
    expect(levels()).to.deep.equal(['alarm']);
    await prover.prove(goal(1), SIGNAL);
    expect(levels()).to.deep.equal(['well']);
  });

  it('counts what is missing among all plots, and names a plot that fails under it', async () => {
    await rm(join(temp.path, 'gone'), { recursive: true });
    await truncate(at('two'), 1_000);
    expect(await prover.prove(goal(1), SIGNAL)).to.not.equal(undefined);
    expect(told).to.deep.include.members([
      { kind: 'plot-failed', path: at('two'), ...reasonOf('plot_damaged') },
      { kind: 'plot-failed', path: at('gone/three'), ...reasonOf('plot_unreadable') },
    ]);
    expect(told.at(-1)).to.deep.include({ kind: 'proved', answered: 1, plots: 3 });
    await registry.look();
    told.splice(0);
    await prover.prove(goal(2), SIGNAL);
    expect(told.map(({ kind }) => kind)).to.deep.equal(['proved']);
    expect(told.at(-1)).to.deep.include({ kind: 'proved', answered: 1, plots: 3 });
  });

  function reasonOf(reason: string) {
    const news = told.find((one) => one.kind === 'plot-failed' && one.reason === reason);
    return { reason, message: news?.kind === 'plot-failed' ? news.message : '' };
  }

  it('ends with the reason of a signal, and answers nothing without plots', async () => {
    const stop = new AbortController();
    const ended = prover.prove(goal(3), stop.signal).catch((error: unknown) => error);
    stop.abort(new Error('newer'));
    expect(await ended).to.have.property('message', 'newer');
    await rm(at('one'));
    await rm(at('two'));
    await registry.look();
    expect(await prover.prove(goal(4), SIGNAL)).to.equal(undefined);
    expect(told.at(-1)).to.deep.include({ kind: 'proved', answered: 0, plots: 3, disks: [] });
  });
});
