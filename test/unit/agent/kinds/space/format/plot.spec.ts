import { createHash } from 'node:crypto';
import { expect } from 'chai';
import {
  cacheLevels,
  checkCacheShape,
  decodeCache,
  encodeCache,
} from '../../../../../../agent/kinds/space/format/cache-file.js';
import { leafCountFor, leafOf, treeHeight } from '../../../../../../agent/kinds/space/format/leaf.js';
import { leafNode, levelAbove, rootOf, TreeFolder } from '../../../../../../agent/kinds/space/format/merkle.js';
import {
  decodePlotHeader,
  encodePlotHeader,
  plotFileBytes,
} from '../../../../../../agent/kinds/space/format/plot-header.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
import { hex, plotFile, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

function levelsOf(leaves: readonly string[]): readonly (readonly Buffer[])[] {
  const levels: (readonly Buffer[])[] = [leaves.map((leaf) => leafNode(hex(leaf)))];
  for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) level = levelAbove(level);
  return levels;
}

describe('plots', () => {
  for (const { minerKey, plotSeed, nonce, leaf } of vectors.leaves) {
    it(`have the given leaf at nonce ${nonce}`, () =>
      expect(leafOf(hex(minerKey), hex(plotSeed), BigInt(nonce)).toString('hex')).to.equal(leaf));
  }

  for (const { sizeBytes, leafCount, fileLength, treeHeight: height } of vectors.leafCountForSize) {
    it(`of ${sizeBytes} bytes have ${leafCount} leaves`, () => {
      const count = leafCountFor(Number(sizeBytes));
      expect(count).to.equal(Number(leafCount));
      expect(plotFileBytes({ leafCount: count })).to.equal(Number(fileLength));
      expect(treeHeight(count)).to.equal(height);
    });
  }

  for (const plot of vectors.plots) {
    it(`are written and read as given: ${plot.name}`, () => {
      const leaves = plot.leaves.map((_, at) => leafOf(hex(plot.minerKey), hex(plot.plotSeed), BigInt(at)));
      expect(leaves.map((leaf) => leaf.toString('hex'))).to.deep.equal(plot.leaves);
      const merkleRoot = rootOf(leaves);
      expect(merkleRoot.toString('hex')).to.equal(plot.merkleRoot);
      const head = encodePlotHeader({ plotSeed: hex(plot.plotSeed), leafCount: leaves.length, merkleRoot });
      expect(head.toString('hex')).to.equal(plot.header);
      const file = Buffer.concat([head, ...leaves]);
      expect(createHash('sha256').update(file).digest('hex')).to.equal(plot.fileSha256);
      const read = decodePlotHeader(file, file.length);
      expect({ ...read, treeHeight: Number(read.treeHeight) }).to.deep.equal({
        plotSeed: hex(plot.plotSeed),
        leafCount: Number(plot.leafCount),
        leafSize: 32,
        treeHeight: plot.treeHeight,
        merkleRoot,
        headerHash: hex(plot.headerHash),
      });
    });

    it(`have the given levels, however they are folded: ${plot.name}`, () => {
      const levels = levelsOf(plot.leaves);
      if (plot.levels)
        expect(levels.map((level) => level.map((node) => node.toString('hex')))).to.deep.equal(plot.levels);
      const found = levels.map((): Buffer[] => []);
      const folder = new TreeFolder(plot.leaves.length, 0, (level, index, node) => {
        expect(found[level]).to.have.length(index);
        found[level]?.push(node);
      });
      for (const node of levels[0] ?? []) folder.add(node);
      expect(found).to.deep.equal(levels);
      expect(folder.root?.toString('hex')).to.equal(plot.merkleRoot);
    });
  }

  it('fold on from where another folder stood', () => {
    const plot = vectorPlot('dev-27');
    const nodes = plot.leaves.map((leaf) => leafNode(hex(leaf)));
    for (let cut = 0; cut < nodes.length; cut += 1) {
      const first = new TreeFolder(nodes.length, 0, () => undefined);
      for (const node of nodes.slice(0, cut)) first.add(node);
      const second = new TreeFolder(nodes.length, 0, () => undefined);
      second.restore(first.state);
      expect(second.taken).to.equal(cut);
      for (const node of nodes.slice(cut)) second.add(node);
      expect(second.root?.toString('hex')).to.equal(plot.merkleRoot);
    }
  });

  for (const { case: name, hex: file, error } of vectors.plotFileChecks) {
    it(`are judged on opening: ${name}`, () => {
      const bytes = hex(file);
      const open = () => decodePlotHeader(bytes, bytes.length);
      if (error === null) expect(open().leafCount).to.be.greaterThan(0);
      else expect(thrownFault(open)).to.include({ reason: 'plot_damaged', fault: error });
    });
  }

  it('are told apart by the offset of what is wrong with them', () => {
    const file = plotFile(vectorPlot('dev-3'));
    const turned = (at: number) => {
      const copy = Buffer.from(file);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return thrownFault(() => decodePlotHeader(copy, copy.length));
    };
    expect(turned(2)).to.include({ fault: 'magic', offset: '0' });
    expect(turned(4)).to.include({ fault: 'version', offset: '4' });
    expect(turned(60)).to.include({ fault: 'checksum', offset: '89' });
    const cut = thrownFault(() => decodePlotHeader(file, file.length - 40));
    expect(cut).to.include({ fault: 'truncated', offset: String(file.length - 40) });
  });
});

describe('the cache of a plot', () => {
  for (const { plot: name, topLevels, written, firstLevel, lastLevel, hex: file } of vectors.caches) {
    it(`is as given for ${String(topLevels)} levels of ${name}`, () => {
      const plot = vectorPlot(name);
      const leafCount = plot.leaves.length;
      const kept = cacheLevels(leafCount, topLevels);
      expect(kept !== undefined).to.equal(written);
      if (kept === undefined || file === null) return;
      expect(kept).to.deep.equal({ first: firstLevel, last: lastLevel });
      const levels = levelsOf(plot.leaves)
        .slice(kept.first, kept.last + 1)
        .map((nodes) => Buffer.concat(nodes));
      const cache = { ...kept, treeHeight: plot.treeHeight, levels };
      expect(encodeCache(leafCount, cache).toString('hex')).to.equal(file);
      expect(decodeCache(hex(file))).to.deep.equal(cache);
      expect(() => checkCacheShape(decodeCache(hex(file)), leafCount)).not.to.throw();
    });
  }

  const whole = hex(vectors.caches.find(({ plot, hex: file }) => plot === 'dev-27' && file !== null)?.hex ?? '');
  const changes: readonly (readonly [string, (bytes: Buffer) => Buffer, string])[] = [
    ['another magic', (bytes) => bytes.fill(0, 0, 1), 'magic'],
    ['another version', (bytes) => bytes.fill(2, 4, 5), 'version'],
    ['a negative height', (bytes) => bytes.fill(255, 5, 9), 'tree_height'],
    ['a name of 2 GiB', (bytes) => bytes.fill(127, 9, 13), 'hash_name'],
    ['a blank name', (bytes) => bytes.fill(32, 13, 20), 'hash_name'],
    ['another hash', (bytes) => bytes.fill(65, 13, 14), 'hash_name'],
    ['a first level above the last', (bytes) => bytes.fill(9, 24, 25), 'last_level'],
    ['another number of levels', (bytes) => bytes.fill(9, 32, 33), 'level_count'],
    ['a level outside', (bytes) => bytes.fill(9, 36, 37), 'level'],
    ['2^55 nodes', (bytes) => bytes.fill(127, 46, 47), 'short'],
    ['its end cut', (bytes) => bytes.subarray(0, -1), 'short'],
    ['a byte more', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), 'trailing'],
  ];
  for (const [what, change, fault] of changes) {
    it(`is refused with ${what}`, () => {
      const thrown = thrownFault(() => decodeCache(change(Buffer.from(whole))));
      expect(thrown).to.include({ reason: 'plot_cache_damaged', fault });
    });
  }

  it('is refused for a plot of another height or width', () => {
    const cache = decodeCache(whole);
    expect(thrownFault(() => checkCacheShape(cache, 64))).to.include({ fault: 'tree_height' });
    expect(thrownFault(() => checkCacheShape(cache, 31))).to.include({ fault: 'node_count' });
  });
});
