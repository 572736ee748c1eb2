import { join } from 'node:path';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { readAnchor } from './anchor.js';
import { ChainReader, linesOf } from './chain-reader.js';
import { CHAIN_START } from './entry.js';
import type { ChainLink } from './entry.js';
import { ANCHOR_NAME, damagedError, firstOf, logFiles } from './names.js';
import type { FaultReason } from './names.js';

/** Where a log goes on. */
export interface FoundLog {
  readonly head: ChainLink;
  /** The file that takes the next entries; undefined in a folder without any. */
  readonly last: { readonly name: string; readonly bytes: number } | undefined;
  /** Bytes after them, the rest of a write that a crash cut short; nobody was told that it is durable. */
  readonly tornBytes: number;
}

/**
 * Finds the end of the log. All that is anchored must be there: throws `HeadframeError` (data_loss, reason
 * `audit_damaged`) otherwise. Reads the last file alone; `verifyLog` reads all.
 */
export async function findEnd(disk: ReadableDisk, folder: string): Promise<FoundLog> {
  const anchor = await readAnchor(disk, folder);
  const name = logFiles(await disk.list(folder)).at(-1);
  if (name === undefined) {
    if (anchor === undefined || anchor.sequence === 0) return { head: CHAIN_START, last: undefined, tornBytes: 0 };
    throw damagedError(folder, { file: ANCHOR_NAME, sequence: anchor.sequence, reason: 'tail_missing' });
  }
  if (anchor === undefined) throw damagedError(folder, { file: ANCHOR_NAME, sequence: 0, reason: 'anchor_missing' });
  return readLast(await disk.read(join(folder, name)), name, { folder, anchor });
}

function readLast(
  bytes: Buffer,
  name: string,
  { folder, anchor }: { readonly folder: string; readonly anchor: ChainLink },
): FoundLog {
  const first = firstOf(name) ?? 1;
  const reader = new ChainReader(first, anchor.sequence === first - 1 ? anchor : undefined);
  let goodBytes = 0;
  let why: FaultReason = 'tail_missing';
  for (const line of linesOf(bytes).lines) {
    const read = reader.read(line);
    if (read.kind === 'fault') {
      why = read.reason;
      break;
    }
    if (read.entry.sequence === anchor.sequence && read.entry.hash !== anchor.hash) {
      throw damagedError(folder, { file: name, sequence: anchor.sequence, reason: 'anchor_differs' });
    }
    goodBytes += Buffer.byteLength(line) + 1;
  }
  const head = reader.link;
  if (head === undefined || head.sequence < anchor.sequence)
    throw damagedError(folder, { file: name, sequence: reader.next, reason: why });
  return { head, last: { name, bytes: goodBytes }, tornBytes: bytes.length - goodBytes };
}
