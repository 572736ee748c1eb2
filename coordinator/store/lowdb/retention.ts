import type { SegmentPlace, StoreFiles } from './names.js';

/** What may go; oldest first. */
export interface Removable {
  readonly segments: readonly SegmentPlace[];
  /** Revisions of snapshots. */
  readonly snapshots: readonly number[];
}

/** Snapshots kept: the newest, and one more for `store repair` to fall back to should the newest be damaged. */
const KEPT_SNAPSHOTS = 2;

/** Segments kept for their commits alone: many restarts without commits must not pile up files. */
const KEPT_FOR_RECENT = 64;

/**
 * Tells which files nothing needs any more: neither the kept snapshots to be replayed from, nor the last
 * `recentCommits` commits to be read again after a restart.
 */
export function planRetention(files: Pick<StoreFiles, 'segments' | 'snapshots'>, recentCommits: number): Removable {
  const kept = files.snapshots.slice(-KEPT_SNAPSHOTS);
  const [oldest, newest] = [kept[0], kept.at(-1)];
  // A lone snapshot falls back to the journal's very beginning.
  if (oldest === undefined || newest === undefined || kept.length < KEPT_SNAPSHOTS)
    return { segments: [], snapshots: [] };
  const before = files.segments.filter((segment) => segment.revision < oldest);
  const segments = before.filter((_, index) => {
    const endRevision = files.segments[index + 1]?.revision ?? Infinity;
    const forRecent = endRevision > newest - recentCommits && before.length - index <= KEPT_FOR_RECENT;
    return !forRecent;
  });
  return { segments, snapshots: files.snapshots.slice(0, -KEPT_SNAPSHOTS) };
}
