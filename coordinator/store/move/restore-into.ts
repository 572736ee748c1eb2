import { HeadframeError } from '../../../common/model/error.js';
import { FENCE_EPOCHS } from '../store.js';
import type { MoveMark, MoveSide } from './move-mark.js';
import { inUseError, reportOf, sumOf, verify } from './move-store.js';
import type { MoveParts, MoveReport } from './move-store.js';
import type { Holdings, MoveTarget } from './store-end.js';

/** What a restore works with. */
export interface RestoreParts extends Pick<MoveParts, 'check' | 'newId' | 'nowMs' | 'yieldTurn' | 'tell'> {
  readonly from: MoveSide;
  readonly holdings: Holdings;
  readonly to: MoveTarget & {
    /** As far as it can be known, also where the store is damaged. */
    lastEpoch(): Promise<number>;
  };
  /** Takes the place of whatever is there. */
  readonly force: boolean;
}

/**
 * Brings what a backup holds into a store, under an epoch far above all that agents have met, and reads it back before anybody may
 * start over it. Throws `HeadframeError`: failed_precondition ('store_not_empty') where anything is there and `force` is not set,
 * data_loss ('store_move_differs').
 */
export async function restoreInto(parts: RestoreParts): Promise<MoveReport> {
  const { from, to, holdings, force, check, newId, nowMs, tell } = parts;
  if (!force && (await to.standing()).state !== 'empty') throw notEmptyError(to.side);
  const epoch = Math.max(holdings.epoch, await to.lastEpoch()) + FENCE_EPOCHS;
  const sum = await sumOf(parts, holdings);
  const { revision } = holdings;
  const about = { epoch, revision, sha256: sum.sha256, atMs: nowMs() };
  const mark: MoveMark = { version: 1, id: newId(), from, to: to.side, ...about };
  tell(`writing ${String(sum.tables['instance']?.count ?? 0)} instances and the rest to ${to.side.where}`);
  check();
  await to.write(holdings, mark);
  await verify(parts, mark, sum);
  check();
  await to.arrive(mark);
  return { ...reportOf(mark, sum), resumed: false };
}

function notEmptyError(side: MoveSide): HeadframeError {
  const { code, reason, message, metadata } = inUseError(side);
  const remedy =
    'Make a backup of what is there, and add --force: it is given up. Or name another cluster (store.jetstream.cluster).';
  return new HeadframeError({ code, reason, message, metadata, remedy });
}
