/** Wrong passphrases in a row that cost nothing but the time of each. */
const FREE = 3;
const FIRST_WAIT_MS = 5_000;
const MOST_WAIT_MS = 900_000;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/** Counts wrong passphrases by wallet, and says how long the next try has to wait. Times are those of one clock. */
export class UnlockAttempts {
  readonly #failures = new Map<string, Failures>();

  /** 0 when it may be tried now. */
  waitMs(wallet: string, nowMs: number): number {
    const found = this.#failures.get(wallet);
    if (found === undefined || found.count < FREE) return 0;
    const pauseMs = Math.min(FIRST_WAIT_MS * 2 ** (found.count - FREE), MOST_WAIT_MS);
    return Math.max(0, found.lastMs + pauseMs - nowMs);
  }

  failed(wallet: string, nowMs: number): void {
    const count = (this.#failures.get(wallet)?.count ?? 0) + 1;
    this.#failures.set(wallet, { count, lastMs: nowMs });
  }

  /** The right one was given, or the wallet has gone. */
  forget(wallet: string): void {
    this.#failures.delete(wallet);
  }
}
