/** Name of the lock file in the store's folder. */
export const LOCK_NAME = 'lock';

/** Marks a folder whose restore has begun and not ended. */
export const RESTORING_NAME = 'restoring';

/** Marks a folder that a move has begun to fill and not ended; holds the move's mark. */
export const ARRIVING_NAME = 'arriving';

/** Marks a folder whose fleet was moved elsewhere; holds the move's mark. */
export const MOVED_NAME = 'moved';

const TEMPORARY_END = '.tmp';

/** A journal segment by its place: its number, counted from 1, and the revision of the last commit before it. */
export interface SegmentPlace {
  readonly sequence: number;
  readonly revision: number;
}

/** Name of a journal segment. */
export function segmentName({ sequence, revision }: SegmentPlace): string {
  return `journal-${String(sequence).padStart(8, '0')}-${String(revision).padStart(16, '0')}.hfj`;
}

/** Name of a snapshot's documents; it appears last, so where it is the snapshot is whole. */
export function documentsName(revision: number): string {
  return `snapshot-${String(revision).padStart(16, '0')}.json`;
}

/** Name of a snapshot's instances. */
export function instancesName(revision: number): string {
  return `snapshot-${String(revision).padStart(16, '0')}.hfi`;
}

/** Name under which a file is written before it is renamed; this process's own. */
export function temporaryName(name: string): string {
  return `${name}.${String(process.pid)}${TEMPORARY_END}`;
}

const SEGMENT = /^journal-(\d{8})-(\d{16})\.hfj$/;
const DOCUMENTS = /^snapshot-(\d{16})\.json$/;
const INSTANCES = /^snapshot-(\d{16})\.hfi$/;

/** Whether a file of this name belongs to a store's content. */
export function isStoreName(name: string): boolean {
  return SEGMENT.test(name) || DOCUMENTS.test(name) || INSTANCES.test(name);
}

/** What a store's folder holds, by kind; numbers ascending. */
export interface StoreFiles {
  readonly segments: readonly SegmentPlace[];
  /** Revisions of the snapshots whose documents are there. */
  readonly snapshots: readonly number[];
  /** Revisions whose instances are there without documents: snapshots that were never finished. */
  readonly unfinished: readonly number[];
  readonly temporary: readonly string[];
  readonly restoring: boolean;
}

/** Sorts the names in a store's folder; names that are not the store's are left out. */
export function sortNames(names: readonly string[]): StoreFiles {
  const snapshots = revisionsIn(names, DOCUMENTS);
  const segments = names.flatMap((name) => {
    const found = SEGMENT.exec(name);
    return found === null ? [] : [{ sequence: Number(found[1]), revision: Number(found[2]) }];
  });
  return {
    segments: segments.sort((a, b) => a.sequence - b.sequence),
    snapshots,
    unfinished: revisionsIn(names, INSTANCES).filter((revision) => !snapshots.includes(revision)),
    temporary: names.filter((name) => name.endsWith(TEMPORARY_END)),
    restoring: names.includes(RESTORING_NAME),
  };
}

function revisionsIn(names: readonly string[], pattern: RegExp): number[] {
  const found = names.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => a - b);
}
