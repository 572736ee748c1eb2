import type { Clock } from '../../common/model/clock.js';

/**
 * Things come often when less than this lies between them, in milliseconds: the more have come, the longer, for a coordinator
 * that is busy with ten thousand hosts has longer turns.
 */
const QUIET_MS = { least: 30, most: 500, each: 0.05 } as const;
/** Time between two looks at what waits, in milliseconds. */
const LOOK_MS = 30;
/**
 * How long each waits for company at most, in milliseconds: the more wait, the longer, for what a message costs is mostly
 * the message, and ten thousand hosts told eight instances at a time cost ten times what they do when told once.
 */
const WAIT_MS = { least: 1_000, most: 5_000, each: 0.5 } as const;

/**
 * Lets things go at once while they come rarely. While they come often, as while a million instances are being placed,
 * each waits until that is over, but a few seconds at most: what comes for the same one meanwhile costs nothing more.
 */
export class Pace<T> {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly #release: (item: T) => void;
  /** Since when each waits, the longest first. */
  readonly #waiting = new Map<T, number>();
  #lastMs = -Infinity;
  /** What has come since it was quiet last. */
  #burst = 0;
  #isLooking = false;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'setTimer'>, release: (item: T) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** Lets the items go, at once or soon; together they count as coming once. */
  add(items: Iterable<T>): void {
    const nowMs = this.#clock.monotonicMs();
    const isRare = this.#isQuiet(nowMs) && this.#waiting.size === 0;
    if (isRare) this.#burst = 0;
    for (const item of items) {
      this.#burst += 1;
      if (isRare) this.#release(item);
      else if (!this.#waiting.has(item)) this.#waiting.set(item, nowMs);
      this.#lastMs = nowMs;
    }
    if (!this.#isLooking) this.#lookAgain();
  }

  /** Forgets an item. */
  remove(item: T): void {
    this.#waiting.delete(item);
  }

  #isQuiet(nowMs: number): boolean {
    const quietMs = Math.min(QUIET_MS.most, Math.max(QUIET_MS.least, QUIET_MS.each * this.#burst));
    return nowMs - this.#lastMs >= quietMs;
  }

  #lookAgain(): void {
    this.#isLooking = this.#waiting.size > 0;
    if (!this.#isLooking) return;
    this.#clock.setTimer(() => {
      this.#look();
    }, LOOK_MS);
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    const isOver = this.#isQuiet(nowMs);
    const longestMs = Math.min(WAIT_MS.most, Math.max(WAIT_MS.least, WAIT_MS.each * this.#waiting.size));
    for (const [item, sinceMs] of this.#waiting) {
      if (!isOver && nowMs - sinceMs < longestMs) break;
      this.#waiting.delete(item);
      this.#release(item);
    }
    this.#lookAgain();
  }
}
