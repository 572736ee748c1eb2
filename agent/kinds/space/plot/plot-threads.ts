import type { Worker } from 'node:worker_threads';
import type { WasmModule } from '../kernel/web-assembly.js';
import type { ChunkThread } from './making.js';
import type { PlotFiles } from './chunk-maker.js';
import type { PlotPlan } from './plot-plan.js';
import type { PlotThreadAnswer, PlotThreadData } from './plot-thread.js';
import { startThread } from '../../../../common/service/start-thread.js';

/** Threads that make chunks of one plot; whoever starts them closes them. */
export class PlotThreads {
  readonly #data: PlotThreadData;
  readonly #workers: Worker[] = [];

  constructor(module: WasmModule | undefined, plan: PlotPlan, files: PlotFiles) {
    this.#data = { module, plan, files };
  }

  /** Starts so many. */
  start(count: number): readonly ChunkThread[] {
    return Array.from({ length: count }, () => {
      const worker = startThread('./plot-thread', import.meta.url, this.#data);
      this.#workers.push(worker);
      return { make: (index: number) => ask(worker, index) };
    });
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** One question at a time. */
function ask(worker: Worker, index: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', take);
      worker.off('error', fail);
      worker.off('exit', end);
    };
    const take = (answer: PlotThreadAnswer): void => {
      settle();
      if ('root' in answer) resolve(Buffer.from(answer.root));
      else reject(Object.assign(new Error(answer.message), { code: answer.code }));
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    const end = (code: number): void => fail(new Error(`a thread ended with ${String(code)}`));
    worker.on('message', take);
    worker.on('error', fail);
    worker.on('exit', end);
    worker.postMessage(index);
  });
}
