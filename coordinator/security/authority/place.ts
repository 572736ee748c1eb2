/** The records of an authority: itself; or, of an operator's, which the fleet trusts. */
export type AuthorityRecordName = 'authority' | 'own-authority';

/** A record as it was read. */
export interface PlacedRecord {
  readonly text: string;
  /** Tells it from what others put in its place; above 0. */
  readonly revision: number;
}

/**
 * Where the records of an authority lie, each replaced whole and durably: in a folder of this coordinator alone, or where all
 * coordinators of a cluster find the same. Every call but `watch` throws `HeadframeError` where the place cannot be reached.
 */
export interface AuthorityPlace {
  /** What people call a record, such as its path. */
  whereIs(record: AuthorityRecordName): string;
  /** What an operator does who wants another authority from the beginning, such as to move a folder away. */
  readonly toBeginAnew: string;
  /** Undefined where there is none. */
  read(record: AuthorityRecordName): Promise<PlacedRecord | undefined>;
  /** Puts it in the place of that revision, 0 for none, and gives its own; undefined, and nothing done, where another is there. */
  replace(record: AuthorityRecordName, text: string, revision: number): Promise<number | undefined>;
  /** What is particular to a place that several coordinators share. */
  readonly shared?: SharedPlace | undefined;
}

/** A place in which other coordinators put records, too. */
export interface SharedPlace {
  /** Calls back, soon after it, when a record may have been replaced, until the signal; rejects when it cannot go on. */
  watch(replaced: () => void, signal: AbortSignal): Promise<void>;
}
