/** How much trouble one connection may make. */
export interface PatienceTerms {
  /** Points that may be spent at once. */
  readonly burst: number;
  /** Points that come back in a second. */
  readonly perSecond: number;
}

/** What the server has to do for nothing, in points. */
export const TROUBLE = { ping: 1, settings: 10, reset: 10, refused: 50 } as const;

/**
 * Far above what an honest client does: 100 refused calls at once and 5 a second, 500 calls given up and 25 a second,
 * 5,000 pings and 250 a second (gRPC measures its bandwidth by pings).
 */
export const PATIENCE: PatienceTerms = { burst: 5_000, perSecond: 250 };

/** A bucket of points that fills by itself: trouble empties it. */
export class Patience {
  readonly #terms: PatienceTerms;
  #left: number;
  #atMs: number;

  constructor(terms: PatienceTerms, nowMs: number) {
    this.#terms = terms;
    this.#left = terms.burst;
    this.#atMs = nowMs;
  }

  /** Takes the points at this monotonic time; false when there are not so many left. */
  spend(points: number, nowMs: number): boolean {
    const gained = ((nowMs - this.#atMs) / 1000) * this.#terms.perSecond;
    this.#left = Math.min(this.#terms.burst, this.#left + gained) - points;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}
