import type { ScanRules } from '../format/scan.js';
import type { Clock } from '../../../../common/model/clock.js';
import { BeatWatch } from './beat-watch.js';
import { Counters } from './counters.js';
import { PathWait } from './path-wait.js';
import type { PathFound } from './path-wait.js';
import { FULL_SCAN, unitsOf } from './scan-job.js';
import type { PathJob, ScanJob, ScanNews, ScanPlot, ThreadJob } from './scan-job.js';

/** A thread that reads one disk and blocks while the disk does. */
export interface ScanThread {
  post(job: ThreadJob): void;
}

/** The best leaf of a scan, and whose it is. */
export interface ScannedLeaf {
  /** Place among the plots that were scanned. */
  readonly plot: number;
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly score: Uint8Array;
}

/** A plot that could not be read. */
export interface FailedPlot {
  readonly plot: number;
  /** Such as `plot_damaged` or `plot_unreadable`. */
  readonly reason: string;
  readonly message: string;
}

/** What a scan came to. */
export interface ScanOutcome {
  readonly best: ScannedLeaf | undefined;
  /** Plots whose leaves were all looked at. */
  readonly answered: readonly number[];
  readonly failed: readonly FailedPlot[];
  /** `whole`: all is looked at. `deadline`: the best so far. `stalled`: the disk does not answer any more; the best so far. */
  readonly end: 'whole' | 'deadline' | 'stalled';
  readonly tookMs: number;
  /** How long each plot that answered took: from when its disk was done with the one before it. */
  readonly plotMs: ReadonlyMap<number, number>;
}

/** Which leaf is to be proven, until when. */
export interface PathWish extends Pick<PathJob, 'plot' | 'index'> {
  /** From now on; Infinity for none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Told of how many reads have begun, each `lookEveryMs`. */
  readonly onReads?: (reads: number) => void;
  readonly lookEveryMs?: number;
}

/** What is asked of a disk. */
export interface ScanAsk {
  readonly challenge: Uint8Array;
  readonly plots: readonly ScanPlot[];
  /** All leaves, where none are given. */
  readonly rules?: ScanRules | undefined;
  /** From now on; the best so far is given then. */
  readonly deadlineMs: number;
  /** Ends the scan like the deadline. */
  readonly signal: AbortSignal;
}

interface Running {
  readonly job: ScanJob;
  readonly counters: Counters;
  readonly answered: number[];
  readonly failed: FailedPlot[];
  readonly beats: BeatWatch;
  readonly plotMs: Map<number, number>;
  /** When the disk was done with the last plot. */
  doneMs: number;
  readonly open: Set<number>;
  best: ScannedLeaf | undefined;
  readonly end: (how: ScanOutcome['end']) => void;
}

/** Looks often enough that a stall is seen within a quarter more than its time-out. */
const LOOKS = 4;

/**
 * Scans the plots of one disk, one challenge at a time; a later one ends the one before. A read that takes longer than its time-out costs that
 * disk its thread until the read is over, and nobody else anything: no threads are started in its place, so a dying disk never holds more than it had.
 */
export class DiskScanner {
  readonly #threads: readonly ScanThread[];
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;
  readonly #stalled = new Set<number>();
  readonly #paths = new Map<number, PathWait>();
  #running: Running | undefined;
  #jobs = 0;

  /** `readTimeoutMs` is for 2 MiB. */
  constructor(threads: readonly ScanThread[], clock: Clock, readTimeoutMs: number) {
    this.#threads = threads;
    this.#clock = clock;
    this.#readTimeoutMs = readTimeoutMs;
  }

  /** The best leaf of the plots of this disk; never throws for what disks do. */
  async scan({ challenge, plots, rules = FULL_SCAN, deadlineMs, signal }: ScanAsk): Promise<ScanOutcome> {
    this.#running?.end('deadline');
    const counters = new Counters(
      this.#threads.length,
      plots.map(({ leafCount }) => unitsOf(leafCount, rules)),
    );
    const job = { kind: 'scan' as const, id: ++this.#jobs, challenge, plots, rules, shared: counters.shared };
    const startedMs = this.#clock.monotonicMs();
    const free = this.#free;
    let resolve: (end: ScanOutcome['end']) => void = () => undefined;
    const ended = new Promise<ScanOutcome['end']>((settle) => (resolve = settle));
    const running: Running = {
      ...{ job, counters, answered: [], failed: [], best: undefined, open: new Set(free), end: resolve },
      ...{ beats: new BeatWatch(counters, free, startedMs, this.#readTimeoutMs), plotMs: new Map(), doneMs: startedMs },
    };
    this.#running = running;
    // One that is still at the unit of an earlier job comes to this one right after it.
    for (const thread of free) this.#threads[thread]?.post(job);
    if (free.length === 0) resolve('stalled');
    const end = await this.#watched(running, { deadlineMs, signal }, ended);
    counters.stop();
    if (this.#running === running) this.#running = undefined;
    const { best, answered, failed, plotMs } = running;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    return { best, answered: [...answered], failed: [...failed], end, tookMs, plotMs: new Map(plotMs) };
  }

  /**
   * The path of a leaf, by one of the threads. Rejects with `HeadframeError` where the plot or its disk fails ('plot_damaged', 'plot_unreadable') or
   * takes too long ('plot_unreadable'), and with the signal's reason.
   */
  async path({ plot, index, ...wish }: PathWish): Promise<PathFound> {
    const [thread] = this.#free;
    const wait = new PathWait({ path: plot.path, clock: this.#clock, readTimeoutMs: this.#readTimeoutMs });
    if (thread === undefined) throw wait.stalled();
    const job = { kind: 'path' as const, id: ++this.#jobs, plot, index, shared: wait.shared };
    this.#paths.set(job.id, wait);
    this.#threads[thread]?.post(job);
    try {
      return await wait.found({ ...wish, onStall: () => void this.#stalled.add(thread) });
    } finally {
      this.#paths.delete(job.id);
    }
  }

  get #free(): readonly number[] {
    return this.#threads.flatMap((_, thread) => (this.#stalled.has(thread) ? [] : [thread]));
  }

  /** Takes what a thread tells; whoever made the threads hands it on. */
  hear(thread: number, news: ScanNews): void {
    this.#stalled.delete(thread);
    this.#paths.get(news.job)?.hear(news);
    const running = this.#running;
    if (running?.job.id === news.job) this.#take(running, thread, news);
  }

  #take(running: Running, thread: number, news: ScanNews): void {
    const nowMs = this.#clock.monotonicMs();
    switch (news.kind) {
      case 'best':
        if (running.best === undefined || byScore(news, running.best) < 0) running.best = news;
        return;
      case 'failed':
        running.failed.push({ plot: news.plot, reason: news.reason, message: news.message });
        running.doneMs = nowMs;
        return;
      case 'answered':
        running.answered.push(news.plot);
        running.plotMs.set(news.plot, nowMs - running.doneMs);
        running.doneMs = nowMs;
        return;
      case 'ended':
        running.open.delete(thread);
        if (running.open.size === 0) running.end(isWhole(running) ? 'whole' : 'stalled');
        return;
      case 'path':
      case 'no-path':
      // Of another job.
    }
  }

  async #watched(
    running: Running,
    { deadlineMs, signal }: Pick<ScanAsk, 'deadlineMs' | 'signal'>,
    ended: Promise<ScanOutcome['end']>,
  ): Promise<ScanOutcome['end']> {
    const stop = (): void => running.end('deadline');
    const cancels = [this.#clock.setTimer(stop, deadlineMs)];
    const look = (): void => {
      this.#dropStalled(running);
      cancels[1] = this.#clock.setTimer(look, this.#readTimeoutMs / LOOKS);
    };
    look();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await ended;
    } finally {
      signal.removeEventListener('abort', stop);
      for (const cancel of cancels) cancel();
    }
  }

  /** Waits no longer for threads that have been in one read for too long. */
  #dropStalled({ beats, open, end }: Running): void {
    const nowMs = this.#clock.monotonicMs();
    for (const thread of open) {
      if (beats.isStalled(thread, nowMs) && open.delete(thread)) this.#stalled.add(thread);
    }
    if (open.size === 0) end('stalled');
  }
}

/** Whether nothing is left: what a stalled thread had taken is left undone by the others. */
function isWhole({ job, answered, failed }: Running): boolean {
  return answered.length + failed.length === job.plots.length;
}

/** Orders leaves from the better one on: of equals that of the plot listed first, and in it the first. */
export function byScore(one: ScannedLeaf, other: ScannedLeaf): number {
  return Buffer.compare(one.score, other.score) || one.plot - other.plot || one.index - other.index;
}
