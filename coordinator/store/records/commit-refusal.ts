import { HeadframeError } from '../../../common/model/error.js';
import type { StoreCommit } from '../store.js';

/** How far a store is that takes commits. */
interface StoreStand {
  readonly isOpen: boolean;
  readonly epoch: number;
  readonly revision: number;
}

/** Why a store takes no commit of that epoch; undefined where it does. */
export function commitRefusal(
  at: StoreStand,
  { revision }: Pick<StoreCommit, 'revision'>,
  epoch: number,
): HeadframeError | undefined {
  if (!at.isOpen) return stateError('store_closed', 'the store is not open');
  if (epoch < at.epoch) {
    return stateError('stale_epoch', `epoch ${String(epoch)} is over; the store is at ${String(at.epoch)}`);
  }
  if (revision === at.revision + 1) return undefined;
  return stateError('revision_gap', `revision ${String(revision)} follows ${String(at.revision)}`);
}

/** The error of a store that is asked for what it cannot do as it stands. */
export function stateError(reason: string, message: string): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message });
}
