import type { StoreCommit, StoredFleet } from './store.js';

/** Who is told of what another coordinator commits. */
export interface TailListener {
  /** All there is: at first, and anew where what came since cannot be read any more. Commits follow once it has resolved. */
  begin(fleet: StoredFleet): Promise<void>;
  /** The next commit, of a coordinator of that epoch. */
  commit(commit: StoreCommit, epoch: number): void;
}

/** A store that another coordinator writes, as it grows; nothing is written, and no epoch claimed. */
export interface StoreTail {
  /** Milliseconds, at the most, since it had told all that was durable then; Infinity as long as it has told nothing. */
  readonly ageMs: number;
  /** Follows until the signal, and never rejects: what goes wrong is logged, and `ageMs` grows. Once. */
  run(listener: TailListener, signal: AbortSignal): Promise<void>;
  /** Resolves when what is durable now has been told, or trying that has failed; whoever calls bounds the wait. */
  catchUp(): Promise<void>;
}
