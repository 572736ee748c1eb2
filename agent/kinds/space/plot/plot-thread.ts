import { parentPort, workerData } from 'node:worker_threads';
import { openKernel } from '../kernel/open-kernel.js';
import type { WasmModule } from '../kernel/web-assembly.js';
import { CHUNK_MEMORY_BYTES, ChunkMaker } from './chunk-maker.js';
import type { PlotFiles } from './chunk-maker.js';
import type { PlotPlan } from './plot-plan.js';

/** What a thread that makes chunks is started with. */
export interface PlotThreadData {
  readonly module: WasmModule | undefined;
  readonly plan: PlotPlan;
  readonly files: PlotFiles;
}

/** What it answers to the number of a chunk. */
export type PlotThreadAnswer =
  { readonly root: Uint8Array } | { readonly code: string | undefined; readonly message: string };

const { module, plan, files } = workerData as PlotThreadData; // given by `ThreadPool`
const kernel = await openKernel(module, CHUNK_MEMORY_BYTES);
const maker = new ChunkMaker(kernel, plan, files);
parentPort?.on('message', (index: number) => parentPort?.postMessage(answer(index)));

function answer(index: number): PlotThreadAnswer {
  try {
    return { root: maker.make(index) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}
