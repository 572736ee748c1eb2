import type { PastWish } from './plan.js';

/** What was asked for a while ago, as far back as the longest window needs. */
export class WishHistory {
  #wishes: { readonly atMs: number; readonly replicas: number }[];

  /**
   * Begins with what stands: a coordinator that has just started knows of no wish before, and takes nothing away before it
   * has looked for a whole window.
   */
  constructor(replicas: number, monotonicMs: number) {
    this.#wishes = [{ atMs: monotonicMs, replicas }];
  }

  /** The wishes by their age. */
  at(monotonicMs: number): readonly PastWish[] {
    return this.#wishes.map(({ atMs, replicas }) => ({ ageMs: monotonicMs - atMs, replicas }));
  }

  /** Adds a wish and forgets those older than `keepMs`. */
  add(replicas: number, monotonicMs: number, keepMs: number): void {
    this.#wishes = this.#wishes.filter(({ atMs }) => monotonicMs - atMs < keepMs);
    this.#wishes.push({ atMs: monotonicMs, replicas });
  }
}
