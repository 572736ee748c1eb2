import { closeSync } from 'node:fs';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { scoreOf } from '../../../../../../agent/kinds/space/format/challenge.js';
import { leafOf } from '../../../../../../agent/kinds/space/format/leaf.js';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { compileKernels, openKernel } from '../../../../../../agent/kinds/space/kernel/open-kernel.js';
import { NodeKernel } from '../../../../../../agent/kinds/space/kernel/node-kernel.js';
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

  it('find the given best of the given plots', async () => {
    await using folder = await makeTempDir();
    for (const vector of vectors.bestScores) {
      if (vector.strategy.kind !== 'full' || vector.plot === null || vector.earlyStopBits !== null || vector.maxLeaves)
        continue;
      const plot = vectorPlot(vector.plot);
      const path = join(folder.path, `${plot.name}.plot`);
      await writeFile(path, plotFile(plot));
      const listed = { path, leafCount: plot.leaves.length, headerHash: hex(plot.headerHash) };
      const { best } = await disk.scanner.scan({ ...ask, challenge: hex(vector.challenge), plots: [listed] });
      expect([String(best?.index), Buffer.from(best?.score ?? []).toString('hex')]).to.deep.equal([
        vector.bestIndex,
        vector.bestScore,
      ]);
    }
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
