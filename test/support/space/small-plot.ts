import { compileKernels } from '../../../agent/kinds/space/kernel/open-kernel.js';
import { createPlot } from '../../../agent/kinds/space/plot/create-plot.js';
import { systemClock } from '../../../common/model/clock.js';

/** Makes a plot of so many leaves, fewer than the command takes; plots of any size open and prove. */
export async function makeSmallPlot(path: string, plotKey: Buffer, leafCount: number, seed: number): Promise<void> {
  const plan = { minerKey: plotKey, plotSeed: Buffer.alloc(32, seed), leafCount, topLevels: 2 };
  const limits = { threads: 1, bytesPerSecond: Infinity, keepFreeBytes: 0 };
  const { signal } = new AbortController();
  const kernels = compileKernels();
  await createPlot({ path, plan, ...limits }, { clock: systemClock, signal, onProgress: () => undefined, kernels });
}
