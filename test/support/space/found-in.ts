import type { FoundProof } from '../../../agent/kinds/space/mine/own-block.js';
import { scanOneByOne } from '../../../agent/kinds/space/format/scan.js';
import { hex, vectorPlot } from './vectors.js';
import { pathOf } from './path-of.js';

/** The best leaf of small plots in memory, and where it is. */
export function foundIn(names: readonly string[], challenge: Buffer): FoundProof & { readonly plot: string } {
  const scans = names.map((name) => {
    const plot = vectorPlot(name);
    const leafAt = (at: number): Buffer => hex(plot.leaves[at] ?? '');
    const rules = { strategy: { kind: 'full' }, maxLeaves: 0 } as const;
    const { best } = scanOneByOne(challenge, plot.leaves.length, leafAt, rules);
    if (best === undefined) throw new RangeError(`no leaves in ${name}`);
    return { plot, best };
  });
  const [first, ...others] = scans;
  if (first === undefined) throw new RangeError('no plots');
  const { plot, best } = others.reduce(
    (so, one) => (Buffer.compare(one.best.score, so.best.score) < 0 ? one : so),
    first,
  );
  const proof = {
    ...{ leaf: best.leaf, leafIndex: BigInt(best.index), leafCount: BigInt(plot.leafCount) },
    ...pathOf(plot, best.index),
    ...{ plotId: hex(plot.plotSeed), plotHeaderHash: hex(plot.headerHash), plotVersion: 1 },
  };
  return { proof, plotRoot: hex(plot.merkleRoot), score: best.score, plot: plot.name };
}
