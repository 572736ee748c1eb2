import type { SegmentPlace } from './log-reader.js';

/** How much of the journal before a snapshot is kept, so that watches can resume across a restart. */
export interface KeptJournal {
  readonly commits: number;
  readonly bytes: number;
}

/**
 * The segments that are needed once a snapshot was taken at the beginning of one of them: that one, all that follow, and as
 * many right before it as hold the last commits, within a bound of bytes.
 */
export function keptSegments(
  segments: readonly SegmentPlace[],
  snapshotSequence: number,
  kept: KeptJournal,
): readonly SegmentPlace[] {
  const at = segments.findIndex(({ sequence }) => sequence === snapshotSequence);
  const start = segments[at];
  if (start === undefined) return segments;
  let first = at;
  for (let before = segments[first]; before !== undefined; before = segments[--first]) {
    const enough = start.revision - before.revision >= kept.commits || start.offset - before.offset >= kept.bytes;
    if (enough || first === 0) break;
  }
  return segments.slice(first);
}
