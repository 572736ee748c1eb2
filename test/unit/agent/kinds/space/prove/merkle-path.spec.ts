import { writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeCache } from '../../../../../../agent/kinds/space/format/cache-file.js';
import { leafOf } from '../../../../../../agent/kinds/space/format/leaf.js';
import { foldPath, leafNode, levelAbove } from '../../../../../../agent/kinds/space/format/merkle.js';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import type { SpaceKernel } from '../../../../../../agent/kinds/space/kernel/kernel.js';
import { compileKernels, openKernel } from '../../../../../../agent/kinds/space/kernel/open-kernel.js';
import { Counters } from '../../../../../../agent/kinds/space/prove/counters.js';
import { TOP_LEVEL } from '../../../../../../agent/kinds/space/prove/merkle-path.js';
import { pathNews } from '../../../../../../agent/kinds/space/prove/path-news.js';
import { READ_BYTES } from '../../../../../../agent/kinds/space/prove/plot-file.js';
import { sha256 } from '../../../../../../common/challenge/digest.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { pathOf } from '../../../../../support/space/path-of.js';
import { hex, plotFile, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

/** Two units and a bit: odd on many levels. */
const LEAVES = 2 * 65_536 + 4_099;
const SEED = Buffer.alloc(32, 5);

describe('the path of a leaf in a plot file', () => {
  let kernel: SpaceKernel;
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  const levels: (readonly Buffer[])[] = [];
  let big: { path: string; leafCount: number; headerHash: Buffer; merkleRoot: Buffer };
  let leaves: readonly Buffer[];

  before(async () => {
    kernel = await openKernel(compileKernels(), READ_BYTES);
    folder = await makeTempDir();
    leaves = Array.from({ length: LEAVES }, (_, at) => leafOf(SEED, SEED, BigInt(at)));
    levels.push(leaves.map(leafNode));
    for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) level = levelAbove(level);
    const merkleRoot = levels.at(-1)?.[0] ?? SEED;
    const header = encodePlotHeader({ plotSeed: SEED, leafCount: LEAVES, merkleRoot });
    big = { path: join(folder.path, 'big.plot'), leafCount: LEAVES, headerHash: sha256(header), merkleRoot };
    await writeFile(big.path, Buffer.concat([header, ...leaves]));
  });
  after(() => folder[Symbol.asyncDispose]());

  function cacheFrom(first: number): Buffer {
    const last = levels.length - 2;
    const kept = levels.slice(first, last + 1).map((nodes) => Buffer.concat(nodes));
    return encodeCache(LEAVES, { first, last, treeHeight: levels.length - 1, levels: kept });
  }

  /** What a thread answers, by a cache of these bytes. */
  function answered(plot: typeof big, index: number, cache?: Buffer) {
    const cachePath = cache && `${plot.path}.cache`;
    if (cachePath) writeFileSync(cachePath, cache);
    const { shared } = new Counters(1, []);
    return pathNews({ kind: 'path', id: 1, plot: { ...plot, cachePath }, index, shared }, kernel);
  }

  function proven(plot: typeof big, index: number, cache?: Buffer) {
    const news = answered(plot, index, cache);
    if (news.kind !== 'path') throw new Error(`there is no path: ${JSON.stringify(news)}`);
    const path = { siblings: news.siblings.map((node) => Buffer.from(node)), siblingIsRight: news.siblingIsRight };
    return { path, cacheProblem: news.cacheProblem };
  }

  it('is the given one', async () => {
    for (const vector of vectors.merkleProofs) {
      const plot = vectorPlot(vector.plot);
      await mkdir(join(folder.path, plot.name), { recursive: true });
      const path = join(folder.path, plot.name, 'a.plot');
      await writeFile(path, plotFile(plot));
      const listed = {
        path,
        leafCount: plot.leaves.length,
        headerHash: hex(plot.headerHash),
        merkleRoot: hex(plot.merkleRoot),
      };
      const cache = vectors.caches.find((candidate) => candidate.plot === plot.name && candidate.hex !== null)?.hex;
      for (const kept of [undefined, cache ? hex(cache) : undefined]) {
        const { path: found, cacheProblem } = proven(listed, Number(vector.index), kept);
        expect(cacheProblem).to.equal(undefined);
        expect(found).to.deep.equal(pathOf(plot, Number(vector.index)));
        expect(found.siblings.map((sibling) => sibling.toString('hex'))).to.deep.equal(vector.siblings);
      }
    }
  });

  for (const index of [0, 65_535, 131_072, LEAVES - 1]) {
    it(`leads from leaf ${String(index)} to the root, by a pass and by caches of any depth`, () => {
      const whole = proven(big, index);
      expect(foldPath(leaves[index] ?? SEED, whole.path)).to.deep.equal(big.merkleRoot);
      expect(whole.path.siblings).to.have.length(levels.length - 1);
      for (const first of [1, 12, 17]) expect(proven(big, index, cacheFrom(first))).to.deep.equal(whole);
    });
  }

  it('brings along what a cache of the plot holds, where all of it had to be read', () => {
    for (const index of [5, LEAVES - 1]) {
      const news = answered(big, index);
      const top = news.kind === 'path' ? (news.top ?? []).map((nodes) => Buffer.from(nodes)) : [];
      expect(top).to.deep.equal(levels.slice(TOP_LEVEL, -1).map((nodes) => Buffer.concat(nodes)));
    }
    expect(answered(big, 5, cacheFrom(12))).not.to.have.property('top');
  });

  it('reads no more than the leaves under one node of the cache', async () => {
    const header = encodePlotHeader({ plotSeed: SEED, leafCount: LEAVES, merkleRoot: big.merkleRoot });
    for (const [index, first] of [
      [70_000, 12],
      [LEAVES - 1, 12],
      [LEAVES - 1, 17],
    ] as const) {
      const size = 2 ** first;
      const start = Math.floor(index / size) * size;
      const kept = leaves.map((leaf, at) => (at >= start && at < start + size ? leaf : Buffer.alloc(32)));
      const path = join(folder.path, 'holes.plot');
      await writeFile(path, Buffer.concat([header, ...kept]));
      expect(proven({ ...big, path }, index, cacheFrom(first)).cacheProblem).to.equal(undefined);
    }
  });

  it('does without a cache that is not of the plot, and says why', () => {
    const at = (offset: number, byte: number): Buffer => {
      const bytes = cacheFrom(12);
      bytes[offset] = byte;
      return bytes;
    };
    const well = cacheFrom(12);
    const bad = {
      // Its levels begin behind 36 bytes, the first of them with 12 of its own.
      foreignNodes: Buffer.concat([well.subarray(0, 48), Buffer.alloc(well.length - 48, 1)]),
      ...{ magic: at(0, 1), height: at(5, 9), firstLevel: at(24, 200), levelNumber: at(36, 9), nodeCount: at(40, 1) },
      ...{ short: well.subarray(0, -1), long: Buffer.concat([well, well]), empty: Buffer.alloc(0) },
    };
    const { path } = proven(big, 77);
    for (const [name, bytes] of Object.entries(bad)) {
      const found = proven(big, 77, bytes);
      expect(found.path, name).to.deep.equal(path);
      expect(found.cacheProblem, name).to.be.a('string');
    }
  });

  it('is refused where the leaves do not lead to the root', () => {
    const other = { ...big, merkleRoot: Buffer.alloc(32, 1) };
    expect(answered(other, 5)).to.include({ kind: 'no-path', reason: 'plot_damaged' });
    expect(answered(other, 5, cacheFrom(12))).to.include({ kind: 'no-path', reason: 'plot_damaged' });
  });

  it('is not looked for any more once nobody waits for it', () => {
    const counters = new Counters(1, []);
    counters.stop();
    const job = {
      kind: 'path',
      id: 1,
      plot: { ...big, cachePath: undefined },
      index: 5,
      shared: counters.shared,
    } as const;
    expect(pathNews(job, kernel)).to.include({ kind: 'no-path', reason: 'unforeseen' });
  });
});
