import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { treeHeight } from '../../../../../agent/kinds/space/format/leaf.js';
import { openMinerKey } from '../../../../../agent/kinds/space/format/miner-key.js';
import { createPlot } from '../../../../../agent/kinds/space/plot/create-plot.js';
import { checkPlot } from '../../../../../agent/kinds/space/prove/check-plot.js';
import { TOP_LEVEL } from '../../../../../agent/kinds/space/prove/merkle-path.js';
import { systemClock } from '../../../../../common/model/clock.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { headerOf } from '../../../../support/space/header-of.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const { plotKey } = openMinerKey(Buffer.alloc(32, 7));
/** Five units of 2 MiB, the last of them not whole. */
const LEAVES = 5 * 65_536 - 99;
const tools = { clock: systemClock, signal: new AbortController().signal, onProgress: () => undefined };

async function makePlot(path: string, topLevels: number): Promise<string> {
  const plan = { minerKey: plotKey, plotSeed: Buffer.alloc(32, 4), leafCount: LEAVES, topLevels };
  await createPlot({ path, plan, threads: 1, bytesPerSecond: Infinity, keepFreeBytes: 0 }, tools);
  return path;
}

describe('the check of a plot', function () {
  this.timeout(20_000);

  it('gives one that has no cache the cache that it would have been made with', async () => {
    await using temp = await makeTempDir();
    const bare = await makePlot(join(temp.path, 'bare.plot'), 0);
    const kept = await makePlot(join(temp.path, 'kept.plot'), treeHeight(LEAVES) - TOP_LEVEL);
    const header = await headerOf(bare);
    await checkPlot({ path: bare, cachePath: '', header }, tools);
    const cache = await readFile(`${bare}.cache`);
    expect(cache.equals(await readFile(`${kept}.cache`))).to.equal(true);
    await checkPlot({ path: bare, cachePath: `${bare}.cache`, header }, tools);
    expect((await readFile(`${bare}.cache`)).equals(cache)).to.equal(true);
  });

  it('says that a plot is sound whose cache cannot be written', async () => {
    await using temp = await makeTempDir();
    const path = await makePlot(join(temp.path, 'a.plot'), 0);
    const header = await headerOf(path);
    await mkdir(join(`${path}.cache`, 'in the way'), { recursive: true });
    await expectReason(checkPlot({ path, cachePath: '', header }, tools), 'plot_cache_unwritten');
    await rm(`${path}.cache`, { recursive: true });
    await checkPlot({ path, cachePath: '', header }, tools);
  });
});
