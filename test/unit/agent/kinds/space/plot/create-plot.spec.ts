import { createHash } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeCache } from '../../../../../../agent/kinds/space/format/cache-file.js';
import { leafOf } from '../../../../../../agent/kinds/space/format/leaf.js';
import { leafNode, levelAbove } from '../../../../../../agent/kinds/space/format/merkle.js';
import { decodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { createPlot } from '../../../../../../agent/kinds/space/plot/create-plot.js';
import type { PlotProgress } from '../../../../../../agent/kinds/space/plot/making.js';
import { toHeadframeError } from '../../../../../../common/model/error.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import type { PlotPlan } from '../../../../../../agent/kinds/space/plot/plot-plan.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { hex, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

/** Over three chunks and a bit, with odd levels. */
const LEAVES = 3 * 65_536 + 12_345;
const plan: PlotPlan = {
  minerKey: Buffer.alloc(32, 3),
  plotSeed: Buffer.alloc(32, 5),
  leafCount: LEAVES,
  topLevels: 5,
};

interface Attempt {
  readonly plan?: Partial<PlotPlan>;
  readonly keepFreeBytes?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PlotProgress) => void;
}

function make(path: string, { plan: change, keepFreeBytes = 0, threads = 1, signal, onProgress }: Attempt = {}) {
  return createPlot(
    { path, plan: { ...plan, ...change }, threads, bytesPerSecond: Infinity, keepFreeBytes },
    {
      clock: systemClock,
      signal: signal ?? new AbortController().signal,
      onProgress: onProgress ?? (() => undefined),
    },
  );
}

async function reasonOf(attempt: Promise<unknown>): Promise<string | undefined> {
  return attempt.then(
    () => undefined,
    (error: unknown) => toHeadframeError(error).reason,
  );
}

/** Leaves what a making leaves that is ended after its first chunk. */
async function interrupt(path: string): Promise<void> {
  const stop = new AbortController();
  const attempt = make(path, { signal: stop.signal, onProgress: ({ doneBytes }) => doneBytes > 0 && stop.abort() });
  const ended = await attempt.then(
    () => 'made',
    (error: unknown) => error,
  );
  expect(ended).to.equal(stop.signal.reason);
}

describe('making plots', () => {
  let levels: (readonly Buffer[])[];
  let root: Buffer;
  let digest: string;

  before(() => {
    const leaves = Array.from({ length: LEAVES }, (_, at) => leafOf(plan.minerKey, plan.plotSeed, BigInt(at)));
    levels = [leaves.map(leafNode)];
    for (let level = levels[0] ?? []; level.length > 1; levels.push([...level])) level = levelAbove(level);
    root = levels.at(-1)?.[0] ?? Buffer.alloc(0);
    digest = createHash('sha256').update(Buffer.concat(leaves)).digest('hex');
  });

  async function expectWhole(path: string, topLevels = plan.topLevels): Promise<void> {
    const file = await readFile(path);
    const header = decodePlotHeader(file, file.length);
    expect(header.merkleRoot.equals(root)).to.equal(true);
    expect(file).to.have.length(121 + 32 * LEAVES);
    expect(createHash('sha256').update(file.subarray(121)).digest('hex')).to.equal(digest);
    const cache = decodeCache(await readFile(`${path}.cache`));
    expect([cache.first, cache.last]).to.deep.equal([levels.length - 1 - topLevels, levels.length - 2]);
    cache.levels.forEach((nodes, at) =>
      expect(nodes.equals(Buffer.concat(levels[cache.first + at] ?? []))).to.equal(true),
    );
    expect(await readdir(join(path, '..'))).to.have.members(['a.plot', 'a.plot.cache']);
  }

  for (const vector of ['dev-1', 'dev-2', 'dev-3', 'dev-27'].map(vectorPlot)) {
    it(`writes the given file of ${vector.name}`, async () => {
      await using folder = await makeTempDir();
      const path = join(folder.path, 'deep', 'a.plot');
      const leafCount = Number(vector.leafCount);
      const own = { minerKey: hex(vector.minerKey), plotSeed: hex(vector.plotSeed), leafCount, topLevels: 5 };
      const made = await make(path, { plan: own });
      expect(made.merkleRoot.toString('hex')).to.equal(vector.merkleRoot);
      const file = await readFile(path);
      expect(createHash('sha256').update(file).digest('hex')).to.equal(vector.fileSha256);
      const cache = vectors.caches.find(({ plot, topLevels }) => plot === vector.name && topLevels === 5);
      const wanted = cache?.hex;
      if (typeof wanted === 'string') expect((await readFile(`${path}.cache`)).toString('hex')).to.equal(wanted);
      if (leafCount < 3) expect(await readdir(join(folder.path, 'deep'))).to.deep.equal(['a.plot']);
    });
  }

  it('writes a plot of several chunks with its cache, and says how far it is', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    const seen: PlotProgress[] = [];
    const made = await make(path, { threads: 2, onProgress: (progress) => seen.push(progress) });
    expect(made).to.deep.include({ merkleRoot: root, resumedLeaves: 0 });
    await expectWhole(path);
    expect(seen.at(-1)).to.deep.include({ doneBytes: 32 * LEAVES, totalBytes: 32 * LEAVES, leftS: 0 });
    expect(seen.at(-1)?.bytesPerS).to.be.greaterThan(0);
  });

  it('keeps levels from within the chunks, too', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    await make(path, { plan: { topLevels: 12 } });
    await expectWhole(path, 12);
  });

  it('goes on from where it was ended, with the seed that it began with', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    await interrupt(path);
    expect(await readdir(folder.path)).to.have.members(['a.plot.part', 'a.plot.part.json', 'a.plot.cache.part']);
    const made = await make(path, { plan: { plotSeed: Buffer.alloc(32, 99) } });
    expect(made.resumedLeaves).to.be.greaterThan(0);
    expect(made.plan.plotSeed).to.deep.equal(plan.plotSeed);
    await expectWhole(path);
  });

  const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
    ['a record that is cut short', (path) => truncate(`${path}.part.json`, 100)],
    [
      'a record whose numbers were changed',
      async (path) => {
        const text = await readFile(`${path}.part.json`, 'utf8');
        await writeFile(`${path}.part.json`, text.replace('"counts":[', '"counts":[1'));
      },
    ],
    [
      'a record of other nodes',
      async (path) => {
        const text = await readFile(`${path}.part.json`, 'utf8');
        const changed = text.replace(
          /"pending":\["./,
          (start) => `${start.slice(0, -1)}${start.endsWith('0') ? '1' : '0'}`,
        );
        expect(changed).not.to.equal(text);
        await writeFile(`${path}.part.json`, changed);
      },
    ],
    ['leaves that are gone', (path) => truncate(`${path}.part`, 121)],
    ['a cache that is gone', (path) => rm(`${path}.cache.part`)],
  ];
  for (const [what, damage] of damages) {
    it(`begins anew with ${what}`, async () => {
      await using folder = await makeTempDir();
      const path = join(folder.path, 'a.plot');
      await interrupt(path);
      await damage(path);
      expect((await make(path)).resumedLeaves).to.equal(0);
      await expectWhole(path);
    });
  }

  it('begins anew for another key or another size', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    await interrupt(path);
    const made = await make(path, { plan: { minerKey: Buffer.alloc(32, 4), leafCount: 1000 } });
    expect(made).to.deep.include({ resumedLeaves: 0 });
    expect((await readFile(path)).length).to.equal(121 + 32_000);
  });

  it('refuses what would fill the disk, before it writes', async () => {
    await using folder = await makeTempDir();
    expect(await reasonOf(make(join(folder.path, 'a.plot'), { keepFreeBytes: 2 ** 60 }))).to.equal('plot_disk_full');
    expect(await readdir(folder.path)).to.deep.equal([]);
  });

  it('refuses to take the place of a file', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    await writeFile(path, 'mine');
    expect(await reasonOf(make(path))).to.equal('plot_exists');
    expect(await readFile(path, 'utf8')).to.equal('mine');
  });

  it('leaves no record behind of a making that a kill ended after the plot had its name, and keeps that of another', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'a.plot');
    await writeFile(path, 'mine');
    await writeFile(`${path}.part.json`, '{}');
    await writeFile(`${path}.part`, 'half of another');
    await make(path).catch(() => undefined);
    expect((await readdir(folder.path)).sort()).to.deep.equal(['a.plot', 'a.plot.part', 'a.plot.part.json']);
    await rm(`${path}.part`);
    expect(await reasonOf(make(path))).to.equal('plot_exists');
    expect(await readdir(folder.path)).to.deep.equal(['a.plot']);
  });

  it('names the plot where a disk fails', async () => {
    expect(await reasonOf(make('/proc/self/status/a.plot'))).to.equal('plot_write_failed');
  });
});
