import type { StoreCommit, StoredFleet } from './store.js';

/** Who is told of what another coordinator commits. */
export interface TailListener {
  /** All there is: at first, and anew where what came since cannot be read any more. Commits follow once it has resolved. */
  begin(fleet: StoredFleet): Promise<void>;
  /** The next commit, of a coordinator of that epoch. */
  commit(commit: StoreCommit, epoch: number): void;
}

/** How often following has failed since it began. */
export interface TailFailures {
  /** The servers did not answer, or hold nothing yet. */
  readonly away: number;
  /** What they gave could not be read. */
  readonly unreadable: number;
  /** What came next was removed, or the store was set back: all was read anew. */
  readonly lost: number;
}

/** A store that another coordinator writes, as it grows; nothing is written, and no epoch claimed. */
export interface StoreTail {
  readonly failures: TailFailures;
  /** Follows until the signal, and never rejects: what goes wrong is logged. Once. */
  run(listener: TailListener, signal: AbortSignal): Promise<void>;
  /** Looks at once: resolves when all has been told that the store is said to hold, or trying that has failed; whoever calls bounds the wait. */
  catchUp(): Promise<void>;
  /** Begins anew, for what was told is not so: what the store holds was set back. */
  readAnew(): void;
}
