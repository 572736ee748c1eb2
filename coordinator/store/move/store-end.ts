import type { Records } from '../records/mirror.js';
import type { StoreCommit } from '../store.js';
import type { MoveMark, MoveSide, MoveStanding } from './move-mark.js';

/** All that a store holds, as any store can take it over. */
export interface Holdings {
  readonly revision: number;
  /** Highest epoch that the store has had. */
  readonly epoch: number;
  readonly records: Records;
  /** The last commits in order, up to `revision`, by which watches go on. */
  readonly recent: readonly StoreCommit[];
}

/** Where records can be taken from as they are now. */
export interface MoveSource {
  readonly side: MoveSide;
  standing(): Promise<MoveStanding>;
  /** All that is held; throws `HeadframeError` (data_loss) at damage. */
  read(): Promise<Holdings>;
  /**
   * Notes durably that the fleet goes on elsewhere: nobody starts over this store from then on. Throws `HeadframeError` (aborted,
   * 'store_changed') where anything was written since `read`.
   */
  leave(mark: MoveMark): Promise<void>;
}

/** Where records can be brought to. Until `arrive` nobody starts over it; `arrive` is durable when it resolves. */
export interface MoveTarget {
  readonly side: MoveSide;
  standing(): Promise<MoveStanding>;
  /**
   * Brings all of it, under the mark's epoch, in place of what an unfinished move or one away from here has left. Throws `HeadframeError`
   * (aborted, 'store_changed'), and changes nothing, where anything was written since `standing` was told.
   */
  write(holdings: Holdings, mark: MoveMark): Promise<void>;
  /** Reads what was written back, all of it from where it lies. */
  readBack(): Promise<Holdings>;
  arrive(mark: MoveMark): Promise<void>;
}
