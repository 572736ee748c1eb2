import type { ReadableDisk } from '../../../common/disk/index.js';
import { damageError, damageOf } from '../records/damage.js';
import type { Mirror } from '../records/mirror.js';
import { documentsName, instancesName, segmentName, sortNames } from './names.js';
import type { SegmentPlace, StoreFiles } from './names.js';
import { Replay } from './replay.js';
import type { SegmentStart } from './segment-writer.js';
import { readSnapshot } from './snapshot.js';

/** Something wrong at a place in a file. */
export interface Finding {
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  readonly what: string;
}

/** A journal segment by itself, up to the first damage in it. */
export interface InspectedSegment extends SegmentPlace {
  readonly name: string;
  /** Revision of its last whole commit before any damage. */
  readonly endRevision: number;
  /** Epoch in its header; 0 when that is damaged. */
  readonly epoch: number;
  /** Bytes that a crash tore off the end of the last segment; no damage. */
  readonly tornBytes: number;
  readonly damage: Finding | undefined;
}

/** A snapshot by itself. */
export interface InspectedSnapshot {
  readonly revision: number;
  /** Undefined when damaged. */
  readonly start: SegmentStart | undefined;
  readonly damage: Finding | undefined;
}

/** Every file of a store, each looked at by itself. */
export interface Inspection {
  readonly files: StoreFiles;
  readonly segments: readonly InspectedSegment[];
  readonly snapshots: readonly InspectedSnapshot[];
}

/** Reads every file of a store through, without stopping at damage. */
export async function inspectStore(disk: ReadableDisk, folder: string): Promise<Inspection> {
  const files = sortNames(await disk.list(folder));
  const [segments, snapshots]: [InspectedSegment[], InspectedSnapshot[]] = [[], []];
  for (const place of files.segments) segments.push(await inspectSegment(disk, folder, files, place));
  for (const revision of files.snapshots) snapshots.push(await inspectSnapshot(disk, folder, revision));
  return { files, segments, snapshots };
}

async function inspectSegment(
  disk: ReadableDisk,
  folder: string,
  files: StoreFiles,
  place: SegmentPlace,
): Promise<InspectedSegment> {
  const name = segmentName(place);
  let endRevision = place.revision;
  try {
    const { scan, bytes } = await new Replay(disk, folder, files).visit(place, (commit) => {
      endRevision = commit.revision;
    });
    return { ...place, name, endRevision, epoch: scan.epoch, tornBytes: bytes.length - scan.end, damage: undefined };
  } catch (thrown) {
    const damage = damageOf(thrown);
    if (damage === undefined) throw thrown;
    return { ...place, name, endRevision, epoch: 0, tornBytes: 0, damage };
  }
}

// A start reads instances only as they are asked for; a check asks for all.
function readThrough(mirror: Mirror, revision: number): void {
  const instances = mirror.freeze().instances[Symbol.iterator]();
  let read = 0;
  try {
    while (instances.next().done !== true) read++;
  } catch (thrown) {
    throw damageError(instancesName(revision), 0, `instance ${String(read + 1)} cannot be read`, thrown);
  }
}

async function inspectSnapshot(disk: ReadableDisk, folder: string, revision: number): Promise<InspectedSnapshot> {
  try {
    const { start, mirror } = await readSnapshot(disk, folder, revision);
    readThrough(mirror, revision);
    return { revision, start, damage: undefined };
  } catch (thrown) {
    const damage = damageOf(thrown);
    if (damage === undefined) throw thrown;
    return { revision, start: undefined, damage: { ...damage, file: damage.file || documentsName(revision) } };
  }
}
