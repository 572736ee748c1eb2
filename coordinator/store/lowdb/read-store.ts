import { join } from 'node:path';
import { HeadframeError } from '../../../common/model/error.js';
import type { StoreCommit } from '../store.js';
import { damageError } from '../records/damage.js';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { Mirror } from '../records/mirror.js';
import { RESTORING_NAME, segmentName, sortNames } from './names.js';
import type { SegmentPlace, StoreFiles } from './names.js';
import { RecentCommits } from '../records/recent-commits.js';
import { Replay } from './replay.js';
import type { ReadSegment } from './replay.js';
import { readSnapshot } from './snapshot.js';
import type { Snapshot } from './snapshot.js';

/** How many of the last commits a start reads again. */
export interface RecentLimits {
  readonly commits: number;
  readonly changes: number;
  /** Journal before the snapshot that is read for them; the segment that passes the bound is still read. */
  readonly bytes: number;
}

/** A store's whole content, read without changing anything. */
export interface StoreReading {
  readonly files: StoreFiles;
  readonly mirror: Mirror;
  readonly revision: number;
  readonly epoch: number;
  readonly snapshot: Snapshot | undefined;
  readonly recent: readonly StoreCommit[];
  /** The journal's last segment; undefined for a new store. */
  readonly tail: ReadSegment | undefined;
  /** Bytes and segments replayed after the snapshot. */
  readonly journalBytes: number;
  readonly journalSegments: number;
}

/** Where a new store's journal begins. */
export const BEGINNING = { sequence: 1, revision: 0, epoch: 0 };

/** Reads a store's folder. Throws `HeadframeError`: data_loss on damage, failed_precondition for a newer format. */
export async function readStore(disk: ReadableDisk, folder: string, limits: RecentLimits): Promise<StoreReading> {
  const files = sortNames(await disk.list(folder));
  if (files.restoring) throw restoringError(folder);
  const newest = files.snapshots.at(-1);
  const snapshot = newest === undefined ? undefined : await readSnapshot(disk, folder, newest);
  const start = snapshot?.start ?? BEGINNING;
  const required = files.segments.filter(({ sequence }) => sequence >= start.sequence);
  if (snapshot !== undefined && required.length === 0) throw damageError(segmentName(start), 0, 'it is missing');
  const recent = new RecentCommits(limits.commits, limits.changes);
  const replay = new Replay(disk, folder, files);
  const mirror = snapshot?.mirror ?? new Mirror();
  for (const place of await segmentsForRecent(disk, folder, { files, start, limits })) {
    await replay.visit(place, (commit) => {
      recent.push(commit);
    });
  }
  replay.expect(start);
  let [{ revision, epoch }, journalBytes]: [{ revision: number; epoch: number }, number] = [start, 0];
  let tail: ReadSegment | undefined;
  for (const place of required) {
    tail = await replay.visit(place, (commit) => {
      recent.push(commit);
      for (const change of commit.changes) mirror.apply(change, commit.revision);
    });
    ({ revision } = tail.scan);
    epoch = Math.max(epoch, tail.scan.epoch);
    journalBytes += tail.scan.end;
  }
  const journalSegments = required.length;
  return { files, mirror, revision, epoch, snapshot, recent: recent.list(), tail, journalBytes, journalSegments };
}

/** The segments right before a snapshot, without a gap, that hold the last commits before it. */
async function segmentsForRecent(
  disk: ReadableDisk,
  folder: string,
  wanted: { readonly files: StoreFiles; readonly start: SegmentPlace; readonly limits: RecentLimits },
): Promise<readonly SegmentPlace[]> {
  const { files, start, limits } = wanted;
  const found: SegmentPlace[] = [];
  let [next, bytes] = [start, 0];
  while (start.revision - next.revision < limits.commits && bytes < limits.bytes) {
    const before = files.segments.find(({ sequence }) => sequence === next.sequence - 1);
    if (before === undefined) break;
    bytes += await disk.size(join(folder, segmentName(before)));
    found.unshift(before);
    next = before;
  }
  return found;
}

function restoringError(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_restore_unfinished',
    message: `a restore into ${folder} has not ended`,
    remedy: 'Run `headframe store restore --force` again.',
    metadata: { file: join(folder, RESTORING_NAME), offset: '0' },
  });
}
