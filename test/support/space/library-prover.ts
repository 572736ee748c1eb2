import { closeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { decodePlotHeader, PLOT_HEADER_BYTES } from '../../../agent/kinds/space/format/plot-header.js';
import { compileKernels, openKernel } from '../../../agent/kinds/space/kernel/open-kernel.js';
import type { FoundProof } from '../../../agent/kinds/space/mine/own-block.js';
import type { Prover } from '../../../agent/kinds/space/mine/space-miner.js';
import { provePath } from '../../../agent/kinds/space/prove/merkle-path.js';
import { openPlot, READ_BYTES } from '../../../agent/kinds/space/prove/plot-file.js';
import { openDisk } from '../../../agent/kinds/space/prove/scan-threads.js';
import { systemClock } from '../../../common/model/clock.js';

/** Proves with one small plot on disk: what fleets do with many, by the same scanner and the same paths. */
export async function openLibraryProver(path: string): Promise<Prover & Disposable> {
  const kernels = compileKernels();
  const kernel = await openKernel(kernels, READ_BYTES);
  const header = await headerOf(path);
  const plot = { path, leafCount: header.leafCount, headerHash: header.headerHash };
  const disk = openDisk({ threads: 1, readTimeoutMs: 10_000, clock: systemClock, kernels });
  return {
    async prove({ challenge }, signal): Promise<FoundProof | undefined> {
      const { best } = await disk.scanner.scan({ challenge, plots: [plot], deadlineMs: 10_000, signal });
      if (best === undefined) return undefined;
      const file = openPlot(plot, kernel);
      try {
        const path = provePath({ ...plot, file, merkleRoot: header.merkleRoot }, kernel, best.index, undefined);
        const counts = { leafIndex: BigInt(best.index), leafCount: BigInt(plot.leafCount) };
        const names = { plotId: header.plotSeed, plotHeaderHash: header.headerHash, plotVersion: 1 };
        const proof = { leaf: Buffer.from(best.leaf), ...path, ...counts, ...names };
        return { proof, plotRoot: header.merkleRoot, score: Buffer.from(best.score) };
      } finally {
        closeSync(file);
      }
    },
    [Symbol.dispose]: () => disk.close(),
  };
}

async function headerOf(path: string): Promise<ReturnType<typeof decodePlotHeader>> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(PLOT_HEADER_BYTES), 0, PLOT_HEADER_BYTES, 0);
    return decodePlotHeader(buffer, (await file.stat()).size);
  } finally {
    await file.close();
  }
}
