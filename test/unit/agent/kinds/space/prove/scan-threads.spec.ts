import { closeSync } from 'node:fs';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { scoreOf } from '../../../../../../agent/kinds/space/format/challenge.js';
import { leafOf } from '../../../../../../agent/kinds/space/format/leaf.js';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { scanOneByOne } from '../../../../../../agent/kinds/space/format/scan.js';
import type { SpaceKernel } from '../../../../../../agent/kinds/space/kernel/kernel.js';
import { compileKernels, openKernel } from '../../../../../../agent/kinds/space/kernel/open-kernel.js';
import { NodeKernel } from '../../../../../../agent/kinds/space/kernel/node-kernel.js';
import { Counters } from '../../../../../../agent/kinds/space/prove/counters.js';
import { PlotScan, SCAN_MEMORY_BYTES } from '../../../../../../agent/kinds/space/prove/plot-scan.js';
import { unitsOf } from '../../../../../../agent/kinds/space/prove/scan-job.js';
import type { ScanNews } from '../../../../../../agent/kinds/space/prove/scan-job.js';
import { openPlot, readLeaves, READ_BYTES } from '../../../../../../agent/kinds/space/prove/plot-file.js';
import { openDisk } from '../../../../../../agent/kinds/space/prove/scan-threads.js';
import type { OpenDisk } from '../../../../../../agent/kinds/space/prove/scan-threads.js';
import { sha256 } from '../../../../../../common/challenge/digest.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
import { hex, plotFile, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

const LEAVES = 65_536 + 131;
const SEED = Buffer.alloc(32, 5);

/** A plot of two units and its listing; its root is not looked at by scans. */
async function writePlot(path: string, minerKey: Buffer, leafCount = LEAVES) {
  const kernel = new NodeKernel(leafCount * 32);
  kernel.bindPlot(minerKey, SEED);
  kernel.leaves(0, leafCount, 0);
  const header = encodePlotHeader({ plotSeed: SEED, leafCount, merkleRoot: Buffer.alloc(32) });
  await writeFile(path, Buffer.concat([header, kernel.memory]));
  return { path, leafCount, headerHash: sha256(header), minerKey };
}

describe('the threads of a disk', () => {
  let disk: OpenDisk;
  const kernels = compileKernels();
  before(() => void (disk = openDisk({ threads: 2, readTimeoutMs: 60_000, clock: systemClock, kernels })));
  after(() => disk.close());

  const ask = { challenge: Buffer.alloc(32, 8), deadlineMs: 60_000, signal: new AbortController().signal };

  it('find in files what node:crypto finds in memory, over several plots', async () => {
    await using folder = await makeTempDir();
    const keys = [1, 2].map((byte) => Buffer.alloc(32, byte));
    const plots = await Promise.all(keys.map((key, at) => writePlot(join(folder.path, `${String(at)}.plot`), key)));
    const truth = plots.map(({ minerKey, leafCount }) => {
      const kernel = new NodeKernel(leafCount * 32);
      kernel.bindPlot(minerKey, SEED);
      kernel.leaves(0, leafCount, 0);
      kernel.bindChallenge(ask.challenge);
      return kernel.best(0, leafCount, undefined);
    });
    const scores = truth.map((best) => best?.score ?? Buffer.alloc(32, 255));
    const winner = scores.findIndex((score) => scores.every((other) => Buffer.compare(score, other) <= 0));
    const { best, answered, failed, end } = await disk.scanner.scan({ ...ask, plots });
    expect({ answered: answered.toSorted(), failed, end }).to.deep.equal({
      answered: [0, 1],
      failed: [],
      end: 'whole',
    });
    expect([best?.plot, best?.index]).to.deep.equal([winner, truth[winner]?.at]);
    const leaf = leafOf(keys[winner] ?? SEED, SEED, BigInt(best?.index ?? 0));
    expect(Buffer.from(best?.leaf ?? [])).to.deep.equal(leaf);
    expect(Buffer.from(best?.score ?? [])).to.deep.equal(scoreOf(ask.challenge, leaf));
  });

  it('find the given best of the given plots, in every order, up to a number of leaves, or until one is good enough', async () => {
    await using folder = await makeTempDir();
    const kinds = new Set<string>();
    for (const { strategy, earlyStopBits, maxLeaves, ...vector } of vectors.bestScores) {
      if (vector.plot === null) continue;
      kinds.add(`${strategy.kind} ${String(earlyStopBits !== null)} ${String(maxLeaves > 0)}`);
      const plot = vectorPlot(vector.plot);
      const path = join(folder.path, `${plot.name}.plot`);
      await writeFile(path, plotFile(plot));
      const listed = { path, leafCount: plot.leaves.length, headerHash: hex(plot.headerHash) };
      const rules = { strategy, maxLeaves, ...(earlyStopBits !== null && { earlyStopBits }) };
      const challenge = hex(vector.challenge);
      const { best, answered } = await disk.scanner.scan({ ...ask, challenge, plots: [listed], rules });
      expect(answered).to.deep.equal([0]);
      const score = Buffer.from(best?.score ?? []).toString('hex');
      // What was read at once is looked at to its end: it may be better than the first that is good enough.
      if (earlyStopBits !== null && score < vector.bestScore) continue;
      expect([String(best?.index), score]).to.deep.equal([vector.bestIndex, vector.bestScore]);
    }
    expect([...kinds]).to.include.members(['full false false', 'sampling false false', 'cacheFriendly false false']);
  });

  it('find in samples of large plots what looking at one leaf after the other finds', async () => {
    await using folder = await makeTempDir();
    const leafCount = 2 * 65_536 + 4_099;
    const plot = await writePlot(join(folder.path, 'a.plot'), SEED, leafCount);
    const leafAt = (index: number): Buffer => leafOf(SEED, SEED, BigInt(index));
    for (const rules of [
      { strategy: { kind: 'sampling', n: 700 }, maxLeaves: 0 },
      { strategy: { kind: 'sampling', n: 20 }, maxLeaves: 0 },
      { strategy: { kind: 'sampling', n: 9_001 }, maxLeaves: 5_000 },
      { strategy: { kind: 'cacheFriendly', block: 8_192, perBlock: 100 }, maxLeaves: 0 },
      { strategy: { kind: 'cacheFriendly', block: 30_000, perBlock: 1 }, maxLeaves: 0 },
      { strategy: { kind: 'full' }, maxLeaves: 300 },
    ] as const) {
      const truth = scanOneByOne(ask.challenge, leafCount, leafAt, rules);
      const { best, answered } = await disk.scanner.scan({ ...ask, plots: [plot], rules });
      const found = { index: best?.index, leaf: Buffer.from(best?.leaf ?? []) };
      expect(found, JSON.stringify(rules)).to.deep.equal({ index: truth.best?.index, leaf: truth.best?.leaf });
      expect(answered).to.deep.equal([0]);
    }
  });

  it('end with a leaf that is good enough, in each plot', async () => {
    await using folder = await makeTempDir();
    const keys = [1, 2, 3].map((byte) => Buffer.alloc(32, byte));
    const plots = await Promise.all(
      keys.map((key, at) => writePlot(join(folder.path, `${String(at)}.plot`), key, LEAVES)),
    );
    const rules = { strategy: { kind: 'full' }, earlyStopBits: 4, maxLeaves: 0 } as const;
    const { best, answered, end } = await disk.scanner.scan({ ...ask, plots, rules });
    expect({ answered: answered.toSorted(), end }).to.deep.equal({ answered: [0, 1, 2], end: 'whole' });
    expect(best?.score[0]).to.be.lessThan(16);
    // Also where the one before had a better one.
    const both = [...plots, ...plots.toReversed()];
    const shared = new Counters(
      1,
      both.map(({ leafCount }) => unitsOf(leafCount, rules)),
    ).shared;
    const [news, reads]: [ScanNews[], number[]] = [[], []];
    const opened = await openKernel(kernels, SCAN_MEMORY_BYTES);
    const { memory, start, name } = opened;
    const counted = (from: number, count: number, below: Uint8Array | undefined) => (
      reads.push(count),
      opened.best(from, count, below)
    );
    const kernel = {
      ...{ memory, start, name },
      best: counted,
      bindChallenge: opened.bindChallenge.bind(opened),
    } as SpaceKernel;
    const job = { kind: 'scan', id: 1, challenge: ask.challenge, plots: both, rules, shared } as const;
    new PlotScan({ kernel, job, thread: 0, threads: 1, tell: (one) => void news.push(one) }).run();
    expect(new Set(news.map(({ kind }) => kind))).to.deep.equal(new Set(['best', 'answered', 'ended']));
    expect(news.filter(({ kind }) => kind === 'answered')).to.have.length(6);
    expect(reads).to.have.length(6);
  });

  it('tell the place of a leaf behind the first 65,536', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    const kernel = new NodeKernel(LEAVES * 32);
    kernel.bindPlot(SEED, SEED);
    // All before have one and the same score.
    kernel.leaves(32 * 65_536, LEAVES - 65_536, 0);
    kernel.bindChallenge(ask.challenge);
    const header = encodePlotHeader({ plotSeed: SEED, leafCount: LEAVES, merkleRoot: Buffer.alloc(32) });
    await writeFile(path, Buffer.concat([header, kernel.memory]));
    const { best } = await disk.scanner.scan({
      ...ask,
      plots: [{ path, leafCount: LEAVES, headerHash: sha256(header) }],
    });
    expect(best?.index).to.be.greaterThan(65_536);
    expect(best?.index).to.equal(kernel.best(0, LEAVES, undefined)?.at);
  });

  it('name a plot that is cut while it is read', async () => {
    await using folder = await makeTempDir();
    const plot = await writePlot(join(folder.path, 'a.plot'), SEED, 1000);
    const kernel = await openKernel(kernels, READ_BYTES);
    const file = openPlot(plot, kernel);
    await truncate(plot.path, 121 + 32 * 999);
    const { path } = plot;
    const fault = thrownFault(() => readLeaves(file, kernel, { path, first: 0, count: 1000 }));
    closeSync(file);
    expect(fault).to.include({ reason: 'plot_damaged', fault: 'truncated', offset: String(121 + 32 * 999) });
  });

  it('name the plots that are gone, cut, changed or none, and scan the rest', async () => {
    await using folder = await makeTempDir();
    const at = (name: string) => join(folder.path, name);
    const plots = await Promise.all(
      ['gone', 'cut', 'other', 'folder', 'empty', 'well'].map((name) => writePlot(at(name), SEED, 1000)),
    );
    await rm(at('gone'));
    await truncate(at('cut'), 121 + 32 * 999);
    await writePlot(at('other'), SEED, 1001);
    await rm(at('folder'));
    await mkdir(at('folder'));
    await truncate(at('empty'), 0);
    const { best, answered, failed, end } = await disk.scanner.scan({ ...ask, plots });
    const reasons = Object.fromEntries(failed.map(({ plot, reason }) => [plot, reason]));
    expect(reasons).to.deep.equal({
      0: 'plot_unreadable',
      1: 'plot_damaged',
      2: 'plot_damaged',
      3: 'plot_unreadable',
      4: 'plot_damaged',
    });
    expect({ answered, end, plot: best?.plot }).to.deep.equal({ answered: [5], end: 'whole', plot: 5 });
  });
});
