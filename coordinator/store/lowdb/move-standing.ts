import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { decodeMark, startRefusal } from '../move/index.js';
import type { MoveMark, MoveStanding } from '../move/index.js';
import { damageError, newerRecordError } from '../records/damage.js';
import { UnknownRecord } from '../records/unknown-record.js';
import { ARRIVING_NAME, MOVED_NAME, RESTORING_NAME, isStoreName } from './names.js';

/** How a folder stands to moves; of one that is open, nothing is said of its epoch. */
export type FolderStanding =
  { readonly state: 'empty' | 'open' } | Extract<MoveStanding, { readonly state: 'arriving' | 'moved' }>;

/**
 * Reads what is noted of moves in a folder, which need not be there. Throws `HeadframeError`: data_loss for a note that cannot be
 * read, failed_precondition for one of a later version.
 */
export async function folderStanding(disk: ReadableDisk, folder: string): Promise<FolderStanding> {
  const names = await namesIn(disk, folder);
  for (const [state, name] of [
    // Both stand there while what was moved from here comes back.
    ['arriving', ARRIVING_NAME],
    ['moved', MOVED_NAME],
  ] as const)
    if (names.includes(name)) return { state, mark: await readMark(disk, folder, name) };
  return { state: names.some(isStoreName) || names.includes(RESTORING_NAME) ? 'open' : 'empty' };
}

/** Throws `HeadframeError` (failed_precondition, 'store_moved' or 'store_move_unfinished') where nobody may start over a folder. */
export async function requireStartable(disk: ReadableDisk, folder: string): Promise<void> {
  const standing = await folderStanding(disk, folder);
  const refusal = 'mark' in standing ? startRefusal(standing) : undefined;
  if (refusal !== undefined) throw refusal;
}

/** The same where what is there is not whole; what was moved from there is. */
export async function requireWhole(disk: ReadableDisk, folder: string): Promise<void> {
  const standing = await folderStanding(disk, folder);
  const refusal = standing.state === 'arriving' ? startRefusal(standing) : undefined;
  if (refusal !== undefined) throw refusal;
}

async function namesIn(disk: ReadableDisk, folder: string): Promise<readonly string[]> {
  try {
    return await disk.list(folder);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}

async function readMark(disk: ReadableDisk, folder: string, name: string): Promise<MoveMark> {
  const bytes = await disk.read(join(folder, name));
  try {
    return decodeMark(bytes.toString());
  } catch (thrown) {
    if (thrown instanceof UnknownRecord) throw newerRecordError(name, 0, thrown.message);
    if (thrown instanceof RangeError) throw damageError(name, 0, thrown.message, thrown);
    throw thrown;
  }
}
