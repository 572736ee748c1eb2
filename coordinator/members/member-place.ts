/** A member's text as it lies there. */
export interface PlacedMember {
  readonly text: string;
  /** Above 0. */
  readonly revision: number;
}

/**
 * Where the coordinators of a cluster know of each other, one text for each address. What is written takes the place of a revision,
 * and of nothing else. Every call rejects with `HeadframeError` (unavailable) when nobody answers.
 */
export interface MemberPlace {
  /** The texts of all. */
  list(): Promise<readonly string[]>;
  /** Undefined where there is nothing. */
  read(address: string): Promise<PlacedMember | undefined>;
  /** Puts a text in the place of that revision, 0 for none; false, and nothing done, where another is there. */
  replace(address: string, text: string, revision: number): Promise<boolean>;
  /** Calls back for what is there, and soon after something changes, until the signal. */
  watch(changed: () => void, signal: AbortSignal): Promise<void>;
}
