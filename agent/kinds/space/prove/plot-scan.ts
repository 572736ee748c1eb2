import { closeSync } from 'node:fs';
import { toHeadframeError } from '../../../../common/model/error.js';
import { LEAF_BYTES } from '../format/leaf.js';
import type { KernelBest, SpaceKernel } from '../kernel/kernel.js';
import { isGoodEnough, scoreLimit } from '../format/scan.js';
import { Counters } from './counters.js';
import { openPlot } from './plot-file.js';
import { GATHER_BYTES, LeafGatherer } from './leaf-gatherer.js';
import { unitAt } from './scan-job.js';
import type { ScanJob, ScanNews, ScanUnit } from './scan-job.js';

/** Memory that a kernel needs for it, whatever the size of the plots. */
export const SCAN_MEMORY_BYTES = GATHER_BYTES;

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
      const unit = unitAt(job.plots, this.#counters.take(), job.rules);
      if (unit === undefined) break;
      if (!this.#counters.isOver(unit.plot)) this.#attempt(unit);
    }
    this.#close();
    tell({ job: job.id, kind: 'ended' });
  }

  #attempt(unit: ScanUnit): void {
    const { job, tell } = this.#parts;
    try {
      const isEnough = this.#scan(unit);
      const isLast = isEnough ? this.#counters.finishAll(unit.plot) : this.#counters.finish(unit.plot);
      if (isLast) tell({ job: job.id, kind: 'answered', plot: unit.plot });
    } catch (thrown) {
      const { reason, message } = toHeadframeError(thrown);
      if (this.#counters.fail(unit.plot)) tell({ job: job.id, kind: 'failed', plot: unit.plot, reason, message });
    }
  }

  /** Whether the plot has a leaf that is good enough. */
  #scan(unit: ScanUnit): boolean {
    const { kernel, job, thread } = this.#parts;
    const { path = '', leafCount = 0 } = job.plots[unit.plot] ?? {};
    const onRead = (): void => this.#counters.beat(thread);
    const gatherer = new LeafGatherer(kernel, { rules: job.rules, leafCount, path, onRead });
    const from = gatherer.gather(this.#fileOf(unit.plot), unit);
    const { earlyStopBits } = job.rules;
    // A plot may be good enough and still no better than another one was.
    const best = kernel.best(from, unit.count, worse(this.#score, scoreLimit(earlyStopBits)));
    if (best === undefined) return false;
    if (this.#score === undefined || Buffer.compare(best.score, this.#score) < 0)
      this.#tellBest(unit, best, { gatherer, from });
    return isGoodEnough(best.score, earlyStopBits);
  }

  #tellBest(
    { plot, first }: ScanUnit,
    { at, score }: KernelBest,
    { gatherer, from }: { readonly gatherer: LeafGatherer; readonly from: number },
  ): void {
    const { kernel, job, tell } = this.#parts;
    this.#score = score;
    const start = from + at * LEAF_BYTES;
    const leaf = Uint8Array.from(kernel.memory.subarray(start, start + LEAF_BYTES));
    tell({ job: job.id, kind: 'best', plot, index: gatherer.indexOf(first + at), leaf, score });
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

/** The higher of two limits; 'any' is above all. */
function worse(best: Buffer | undefined, limit: Buffer | 'none' | 'any'): Buffer | undefined {
  if (limit === 'any' || best === undefined) return undefined;
  return limit === 'none' || Buffer.compare(best, limit) >= 0 ? best : limit;
}
