/** How much of a repository is taken. */
export interface SourceLimits {
  /** Bytes that one fetch may bring. */
  readonly downloadBytes: number;
  /** Bytes of all files of a commit together. */
  readonly contentBytes: number;
  /** Milliseconds that one fetch may take. */
  readonly fetchMs: number;
}

/** A larger file is left out: programs, settings and documents are smaller, and weights do not belong to them. */
export const MOST_FILE_BYTES = 16 * 2 ** 20;
/** Entries of a commit; more are refused. */
export const MOST_ENTRIES = 20_000;
/** Folders around a file. */
export const MOST_DEPTH = 32;
/** Bytes of the listing of a commit. */
export const MOST_LISTING_BYTES = 16 * 2 ** 20;
