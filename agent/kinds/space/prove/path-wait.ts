import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MerklePath } from '../format/merkle.js';
import { BeatWatch } from './beat-watch.js';
import { Counters } from './counters.js';
import type { ScanNews } from './scan-job.js';

/** Looks often enough that a stall is seen within a quarter more than its time-out. */
const LOOKS = 4;

/** The path of a leaf. */
export interface PathFound {
  readonly path: MerklePath;
  /** Why the cache was of no use, where there is one. */
  readonly cacheProblem: string | undefined;
  /** The top levels of the tree, as `ProvenPath` has them, where all of the plot was read. */
  readonly top?: readonly Uint8Array[];
}

/** What a wait for a path needs. */
export interface PathWaitParts {
  /** Of the plot. */
  readonly path: string;
  readonly clock: Clock;
  readonly readTimeoutMs: number;
}

/** Waits for the thread that looks for a path, no longer than it may take, and has it end when nobody waits any more. */
export class PathWait {
  readonly #parts: PathWaitParts;
  readonly #counters = new Counters(1, []);
  readonly #answer: Promise<PathFound>;
  #resolve: (found: PathFound) => void = () => undefined;
  #reject: (why: unknown) => void = () => undefined;

  constructor(parts: PathWaitParts) {
    this.#parts = parts;
    this.#answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get shared(): SharedArrayBuffer {
    return this.#counters.shared;
  }

  /** Takes what the thread tells. */
  hear(news: ScanNews): void {
    if (news.kind === 'path') {
      const { siblings, siblingIsRight, cacheProblem, top } = news;
      const path = { siblings: siblings.map((sibling) => Buffer.from(sibling)), siblingIsRight };
      this.#resolve({ path, cacheProblem, ...(top && { top }) });
    }
    if (news.kind === 'no-path') this.#reject(failed(news.reason, news.message));
  }

  /** The path; rejects at the deadline, after a read that takes too long, and with the reason of the signal. */
  async found({
    deadlineMs,
    signal,
    onStall,
    onReads,
    lookEveryMs = this.#parts.readTimeoutMs / LOOKS,
  }: {
    readonly deadlineMs: number;
    readonly signal: AbortSignal;
    readonly onStall: () => void;
    readonly onReads?: ((reads: number) => void) | undefined;
    readonly lookEveryMs?: number | undefined;
  }): Promise<PathFound> {
    const { clock, readTimeoutMs } = this.#parts;
    const end = (why: unknown): void => this.#reject(why);
    const stop = (): void => end(signal.reason);
    const cancels = [deadlineMs === Infinity ? () => undefined : clock.setTimer(() => end(this.#late()), deadlineMs)];
    const beats = new BeatWatch(this.#counters, [0], clock.monotonicMs(), readTimeoutMs);
    const look = (): void => {
      cancels[1] = clock.setTimer(look, lookEveryMs);
      onReads?.(this.#counters.beatOf(0));
      if (!beats.isStalled(0, clock.monotonicMs())) return;
      onStall();
      end(this.stalled());
    };
    look();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#answer;
    } finally {
      this.#counters.stop();
      signal.removeEventListener('abort', stop);
      for (const cancel of cancels) cancel();
    }
  }

  /** The error of a disk that does not answer. */
  stalled(): HeadframeError {
    return failed('plot_unreadable', `the disk of ${this.#parts.path} does not answer`);
  }

  #late(): HeadframeError {
    return failed('plot_unreadable', `a leaf of ${this.#parts.path} could not be proven before the deadline`);
  }
}

function failed(reason: string, message: string): HeadframeError {
  return new HeadframeError({
    code: reason === 'plot_damaged' ? 'data_loss' : 'unavailable',
    reason,
    message,
    remedy:
      'See whether the disk is well. A cache beside the plot makes proving it quick: headframe plots check makes one.',
  });
}
