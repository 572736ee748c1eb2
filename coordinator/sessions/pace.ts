import type { Clock } from '../../common/model/clock.js';

/** Time between two looks at what waits, in milliseconds. */
const LOOK_MS = 10;
/**
 * How long each waits for company at most, in milliseconds: the more wait, the longer, for what a message costs is mostly
 * the message, and ten thousand hosts told eight instances at a time cost ten times what they do when told once.
 */
const WAIT_MS = { least: 250, most: 15_000, each: 2 } as const;

/** What a pace is made of. */
export interface PaceParts<T> {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Whether more is about to come for those that wait. */
  readonly isMoreComing: () => boolean;
  readonly release: (item: T) => void;
}

/**
 * Lets things go at once, unless more is about to come for them, as while a million instances are being placed: then each
 * waits until that is over, but some seconds at most. What comes for the same one meanwhile costs nothing more.
 */
export class Pace<T> {
  readonly #parts: PaceParts<T>;
  /** Since when each waits, the longest first. */
  readonly #waiting = new Map<T, number>();
  #isLooking = false;

  constructor(parts: PaceParts<T>) {
    this.#parts = parts;
  }

  /** Lets the items go, at once or soon. */
  add(items: readonly T[]): void {
    if (items.length === 0) return;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const item of items) if (!this.#waiting.has(item)) this.#waiting.set(item, nowMs);
    if (!this.#isLooking) this.#look();
  }

  /** Forgets an item. */
  remove(item: T): void {
    this.#waiting.delete(item);
  }

  #look(): void {
    const { clock, isMoreComing, release } = this.#parts;
    const longestMs = isMoreComing() ? Math.min(WAIT_MS.most, WAIT_MS.least + WAIT_MS.each * this.#waiting.size) : 0;
    const nowMs = clock.monotonicMs();
    for (const [item, sinceMs] of this.#waiting) {
      if (nowMs - sinceMs < longestMs) break;
      this.#waiting.delete(item);
      release(item);
    }
    this.#isLooking = this.#waiting.size > 0;
    if (!this.#isLooking) return;
    clock.setTimer(() => {
      this.#look();
    }, LOOK_MS);
  }
}
