import type { LeaseEntry, LeaseValue } from './lease-entry.js';

/** Where the one entry lies that says who leads. */
export interface LeaseBucket {
  /** What stands there; it may be older than what was written, but was never not there. Rejects when nobody answers. */
  read(): Promise<LeaseEntry>;
  /**
   * Writes where still this revision stands; answers the new one, or 'conflict' for another. A rejection says nothing: it may
   * have been written, or be written yet.
   */
  write(value: LeaseValue, revision: number): Promise<number | 'conflict'>;
  /** Tells of entries as they are written, without promise that of each, until the signal. Rejects when it hears no more. */
  watch(onEntry: (entry: LeaseEntry) => void, signal: AbortSignal): Promise<void>;
}
