import { parentPort, workerData } from 'node:worker_threads';
import { openKernel } from '../kernel/open-kernel.js';
import type { WasmModule } from '../kernel/web-assembly.js';
import { PlotScan, SCAN_MEMORY_BYTES } from './plot-scan.js';
import { pathNews } from './path-news.js';
import type { ScanNews, ThreadJob } from './scan-job.js';

/** What a thread that scans plots is started with. */
export interface ScanThreadData {
  readonly module: WasmModule | undefined;
  /** Its place among the threads of its disk, of which there are `threads`. */
  readonly thread: number;
  readonly threads: number;
}

const { module, thread, threads } = workerData as ScanThreadData; // given by `startScanThreads`
const kernel = await openKernel(module, SCAN_MEMORY_BYTES);
parentPort?.on('message', (job: ThreadJob) => {
  const tell = (news: ScanNews): void => parentPort?.postMessage(news);
  if (job.kind === 'path') tell(pathNews(job, kernel));
  else new PlotScan({ kernel, job, thread, threads, tell }).run();
});
