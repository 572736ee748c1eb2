import { closeSync } from 'node:fs';
import { toHeadframeError } from '../../../../common/model/error.js';
import { LEAF_BYTES } from '../format/leaf.js';
import type { SpaceKernel } from '../kernel/kernel.js';
import { Counters } from './counters.js';
import { LEAVES_AT, openPlot, readLeaves, READ_BYTES } from './plot-file.js';
import { unitAt } from './scan-job.js';
import type { ScanJob, ScanNews, ScanUnit } from './scan-job.js';

/** Memory that a kernel needs for it, whatever the size of the plots. */
export const SCAN_MEMORY_BYTES = READ_BYTES;

/** What one thread scans with. */
export interface PlotScanParts {
  readonly kernel: SpaceKernel;
  readonly job: ScanJob;
  readonly thread: number;
  readonly threads: number;
  readonly tell: (news: ScanNews) => void;
}

/** One thread's share of a scan: it takes units until none is left, and blocks while the disk does. */
export class PlotScan {
  readonly #parts: PlotScanParts;
  readonly #counters: Counters;
  #score: Buffer | undefined;
  #open: { readonly plot: number; readonly file: number } | undefined;

  constructor(parts: PlotScanParts) {
    this.#parts = parts;
    this.#counters = new Counters(parts.threads, parts.job.shared);
    parts.kernel.bindChallenge(parts.job.challenge);
  }

  /** Tells of each leaf that is better than those before it, of plots that were read or could not be, and of its end. */
  run(): void {
    const { job, tell, thread } = this.#parts;
    while (!this.#counters.isStopped) {
      this.#counters.beat(thread);
      const unit = unitAt(job.plots, this.#counters.take());
      if (unit === undefined) break;
      if (!this.#counters.hasFailed(unit.plot)) this.#attempt(unit);
    }
    this.#close();
    tell({ job: job.id, kind: 'ended' });
  }

  #attempt(unit: ScanUnit): void {
    const { job, tell } = this.#parts;
    try {
      this.#scan(unit);
      if (this.#counters.finish(unit.plot)) tell({ job: job.id, kind: 'answered', plot: unit.plot });
    } catch (thrown) {
      const { reason, message } = toHeadframeError(thrown);
      if (this.#counters.fail(unit.plot)) tell({ job: job.id, kind: 'failed', plot: unit.plot, reason, message });
    }
  }

  #scan({ plot, first, count }: ScanUnit): void {
    const { kernel, job, tell } = this.#parts;
    readLeaves(this.#fileOf(plot), kernel, { path: job.plots[plot]?.path ?? '', first, count });
    const best = kernel.best(kernel.start + LEAVES_AT, count, this.#score);
    if (best === undefined) return;
    this.#score = best.score;
    const at = kernel.start + LEAVES_AT + best.at * LEAF_BYTES;
    const leaf = Uint8Array.from(kernel.memory.subarray(at, at + LEAF_BYTES));
    tell({ job: job.id, kind: 'best', plot, index: first + best.at, leaf, score: best.score });
  }

  #fileOf(plot: number): number {
    if (this.#open?.plot === plot) return this.#open.file;
    this.#close();
    const wanted = this.#parts.job.plots[plot];
    if (wanted === undefined) throw new RangeError(`a job has no plot ${String(plot)}`);
    this.#open = { plot, file: openPlot(wanted, this.#parts.kernel) };
    return this.#open.file;
  }

  #close(): void {
    if (this.#open !== undefined) closeSync(this.#open.file);
    this.#open = undefined;
  }
}
