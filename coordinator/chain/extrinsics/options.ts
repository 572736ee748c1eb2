/** How a payer goes about it; times in milliseconds of the clock. */
export interface PayerOptions {
  /** Blocks that a signed call lives: a power of two from 4 on. */
  readonly eraBlocks: number;
  /** Between two looks without a new block. */
  readonly pollMs: number;
  /** After a failed look. */
  readonly retryMs: number;
  /** After which what is in no block is sent once more. */
  readonly resendAfterMs: number;
  /** Blocks after which a tip is raised. */
  readonly tipAfterBlocks: number;
  /** Signed calls of a key that have not ended. */
  readonly mostInFlight: number;
  /** Intents of a key that have not ended. */
  readonly mostWaiting: number;
  /** Signings of an intent. */
  readonly mostAttempts: number;
}

/** What suits a chain with blocks of 6 to 12 seconds. */
export const PAYER_OPTIONS: PayerOptions = {
  eraBlocks: 64,
  pollMs: 6_000,
  retryMs: 3_000,
  resendAfterMs: 36_000,
  tipAfterBlocks: 5,
  mostInFlight: 64,
  mostWaiting: 1_000,
  mostAttempts: 20,
};
