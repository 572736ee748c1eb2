import type { Counters } from './counters.js';

/** Sees which threads have been in one read for too long, by the beats that they give before each. */
export class BeatWatch {
  readonly #counters: Counters;
  readonly #timeoutMs: number;
  readonly #last: Map<number, { beat: number; sinceMs: number }>;

  /** `threads` by their numbers in the counters. */
  constructor(counters: Counters, threads: readonly number[], nowMs: number, timeoutMs: number) {
    this.#counters = counters;
    this.#timeoutMs = timeoutMs;
    this.#last = new Map(threads.map((thread) => [thread, { beat: 0, sinceMs: nowMs }]));
  }

  /** Whether a thread has given no beat for as long as the time-out. */
  isStalled(thread: number, nowMs: number): boolean {
    const [beat, last] = [this.#counters.beatOf(thread), this.#last.get(thread)];
    if (last?.beat === beat) return nowMs - last.sinceMs >= this.#timeoutMs;
    this.#last.set(thread, { beat, sinceMs: nowMs });
    return false;
  }
}
