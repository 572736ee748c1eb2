import { closeSync } from 'node:fs';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { openCache } from './cache-nodes.js';
import type { OpenCache } from './cache-nodes.js';
import { Counters } from './counters.js';
import { provePath } from './merkle-path.js';
import { openPlot } from './plot-file.js';
import type { PathJob, ScanNews } from './scan-job.js';

/** One thread's answer to being asked for a path: it blocks while the disk does, and never throws. */
export function pathNews(job: PathJob, kernel: SpaceKernel): ScanNews {
  const counters = new Counters(1, job.shared);
  const onRead = (): void => {
    counters.beat(0);
    if (counters.isStopped) throw new Error('nobody waits for the path any more');
  };
  try {
    onRead();
    const file = openPlot(job.plot, kernel);
    try {
      return { job: job.id, kind: 'path', ...proven(job, kernel, { file, onRead }) };
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    const { reason, message } = toHeadframeError(thrown);
    return { job: job.id, kind: 'no-path', reason, message };
  }
}

function proven(
  { plot, index }: PathJob,
  kernel: SpaceKernel,
  { file, onRead }: { readonly file: number; readonly onRead: () => void },
): Omit<Extract<ScanNews, { kind: 'path' }>, 'job' | 'kind'> {
  const { cache, problem } = opened(plot);
  try {
    const merkleRoot = Buffer.from(plot.merkleRoot);
    const found = provePath({ ...plot, file, merkleRoot }, kernel, { index, onRead, ...(cache && { cache }) });
    const cacheProblem = problem ?? found.cacheProblem;
    return { ...found.path, ...(found.top && { top: found.top }), ...(cacheProblem !== undefined && { cacheProblem }) };
  } finally {
    cache?.close();
  }
}

function opened({ cachePath, leafCount }: PathJob['plot']): { cache?: OpenCache; problem?: string } {
  if (cachePath === undefined) return {};
  try {
    return { cache: openCache(cachePath, leafCount) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
