import { FolderEnd } from '../../coordinator/store/lowdb/folder-end.js';
import { moveStore } from '../../coordinator/store/move/index.js';
import type { Holdings, MoveReport, MoveSource, MoveTarget } from '../../coordinator/store/move/index.js';
import type { SimulatedDisk } from './simulated-disk.js';
import { STORE_FOLDER, smallCommit } from './store-disk.js';
import { recordsAfter } from './store-samples.js';

/** Commits that a test's store has taken. */
export const MOVED_COMMITS = 12;
/** What they lead to. */
export const MOVED_RECORDS = recordsAfter(Array.from({ length: MOVED_COMMITS }, (_, index) => smallCommit(index + 1)));
/** Another folder than the usual one. */
export const OTHER_FOLDER = '/other';

/** A folder of a simulated disk as an end of a move. */
export function folderEnd(disk: SimulatedDisk, path = STORE_FOLDER): FolderEnd {
  return new FolderEnd(path, disk, 'here');
}

/** What moves and restores take of their process. */
export const MOVE_PROCESS = {
  check: (): void => undefined,
  nowMs: () => 1_000,
  yieldTurn: () => Promise.resolve(),
  tell: (): void => undefined,
};

let moves = 0;

/** Moves a store from one end to the other. */
export function moveBetween(
  from: MoveSource,
  to: MoveTarget,
  belongings: (holdings: Holdings) => Promise<void> = () => Promise.resolve(),
): Promise<MoveReport> {
  const newId = (): string => `move-${String((moves += 1))}`;
  return moveStore({ from, to, newId, belongings, ...MOVE_PROCESS });
}
