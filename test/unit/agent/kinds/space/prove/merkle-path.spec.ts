import { closeSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { decodeCache } from '../../../../../../agent/kinds/space/format/cache-file.js';
import type { PlotCache } from '../../../../../../agent/kinds/space/format/cache-file.js';
import { leafOf } from '../../../../../../agent/kinds/space/format/leaf.js';
import { foldPath, leafNode, levelAbove } from '../../../../../../agent/kinds/space/format/merkle.js';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import type { SpaceKernel } from '../../../../../../agent/kinds/space/kernel/kernel.js';
import { compileKernels, openKernel } from '../../../../../../agent/kinds/space/kernel/open-kernel.js';
import { provePath } from '../../../../../../agent/kinds/space/prove/merkle-path.js';
import { openPlot, READ_BYTES } from '../../../../../../agent/kinds/space/prove/plot-file.js';
import { sha256 } from '../../../../../../common/challenge/digest.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { pathOf } from '../../../../../support/space/path-of.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
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

  function cacheFrom(first: number): PlotCache {
    const last = levels.length - 2;
    const kept = levels.slice(first, last + 1).map((nodes) => Buffer.concat(nodes));
    return { first, last, treeHeight: levels.length - 1, levels: kept };
  }

  function proven(plot: typeof big, index: number, cache?: PlotCache) {
    const file = openPlot(plot, kernel);
    try {
      return provePath({ ...plot, file }, kernel, index, cache);
    } finally {
      closeSync(file);
    }
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
      for (const kept of [undefined, cache ? decodeCache(hex(cache)) : undefined]) {
        const found = proven(listed, Number(vector.index), kept);
        expect(found).to.deep.equal(pathOf(plot, Number(vector.index)));
        expect(found.siblings.map((sibling) => sibling.toString('hex'))).to.deep.equal(vector.siblings);
      }
    }
  });

  for (const index of [0, 65_535, 131_072, LEAVES - 1]) {
    it(`leads from leaf ${String(index)} to the root, by a pass and by caches of any depth`, () => {
      const whole = proven(big, index);
      expect(foldPath(leaves[index] ?? SEED, whole)).to.deep.equal(big.merkleRoot);
      expect(whole.siblings).to.have.length(levels.length - 1);
      for (const first of [1, 12, 17]) expect(proven(big, index, cacheFrom(first))).to.deep.equal(whole);
    });
  }

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
      expect(proven({ ...big, path }, index, cacheFrom(first)).siblings).to.have.length(levels.length - 1);
    }
  });

  it('does without a cache that is not of the plot', () => {
    const foreign = cacheFrom(12);
    foreign.levels[0]?.fill(1);
    expect(proven(big, 77, foreign)).to.deep.equal(proven(big, 77));
  });

  it('is refused where the leaves do not lead to the root', () => {
    const other = { ...big, merkleRoot: Buffer.alloc(32, 1) };
    expect(thrownFault(() => proven(other, 5))).to.include({ reason: 'plot_damaged', fault: 'root' });
  });
});
