/** Content that is kept, by the digest of its archive. */
export interface KeptContent {
  readonly digest: string;
  readonly bytes: number;
}

/**
 * Where the coordinators of a cluster keep contents for each other: what one has put there, any other finds, until nobody needs it.
 * Every call throws `HeadframeError` (unavailable, 'content_vault_away') when it cannot be reached.
 */
export interface ContentVault {
  /**
   * Puts an archive there, durably; of one that is there whole nothing is sent again, and it stays for as long as if it were new.
   * Throws `HeadframeError`: data_loss, 'module_content_lost', for bytes that are not of the digest; resource_exhausted,
   * 'module_cache_full'.
   */
  put(content: KeptContent, pieces: () => AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * An archive in pieces, as fast as they are taken; undefined where there is none. Whoever takes them checks the digest; they end in
   * a `HeadframeError` (data_loss, 'module_content_lost') where one is missing.
   */
  fetch(digest: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Says that what it gave for a digest was something else: the next `put` sends it anew. */
  distrust(digest: string): void;
  /** Has what is there stay for as long as if it were new, whoever wanted to remove it; false where there is none. */
  claim(digest: string): Promise<boolean>;
  /** The digests of all that is there. */
  digests(): Promise<ReadonlySet<string>>;
  /** Removes, in its time, what is not needed; what somebody has begun to need meanwhile stays. */
  sweep(isNeeded: (digest: string) => boolean): Promise<void>;
}
