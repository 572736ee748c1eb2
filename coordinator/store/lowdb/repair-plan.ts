import { FENCE_EPOCHS } from '../store.js';
import type { Finding, InspectedSegment, Inspection } from './inspection.js';
import { documentsName, instancesName, segmentName } from './names.js';
import type { SegmentPlace } from './names.js';
import { BEGINNING } from './read-store.js';

/** What has to be done to a damaged store. */
export interface RepairPlan {
  /** Revision that the store will have. */
  readonly revision: number;
  /** Highest revision seen anywhere in it. */
  readonly seenRevision: number;
  /** Everything wrong that keeps the store from being read, or would once it has to fall back. */
  readonly problems: readonly Finding[];
  /** Segment to be cut before its damage. */
  readonly cut: { readonly name: string; readonly bytes: number } | undefined;
  /** Files to be moved aside. */
  readonly moves: readonly string[];
  /** Where the journal goes on afterwards. */
  readonly next: SegmentPlace & { readonly epoch: number };
}

/** The journal from a snapshot on, up to the first damage or gap. */
interface Chain {
  readonly kept: readonly InspectedSegment[];
  readonly end: SegmentPlace;
  readonly problem: Finding | undefined;
}

/**
 * Plans the repair that keeps every commit before the first damage: from the newest whole snapshot, or the journal's
 * beginning. Undefined when neither is there; without problems there is nothing to do.
 */
export function planRepair(inspection: Inspection): RepairPlan | undefined {
  const { segments, snapshots, files } = inspection;
  const whole = snapshots.findLast(({ damage }) => damage === undefined);
  const start = whole?.start ?? BEGINNING;
  const hasBeginning = segments.some(({ sequence }) => sequence === BEGINNING.sequence) || segments.length === 0;
  if (whole === undefined && (!hasBeginning || (segments.length === 0 && files.snapshots.length > 0))) return undefined;
  const chain = followChain(segments, start, whole !== undefined);
  const damagedSnapshots = snapshots.filter(({ damage }) => damage !== undefined);
  const dropped = segments.filter((segment) => isDropped(segment, start, chain));
  const last = chain.kept.at(-1);
  const problems = [...inspection.segments, ...snapshots].flatMap(({ damage }) => damage ?? []);
  return {
    revision: chain.end.revision,
    seenRevision: Math.max(...segments.map(({ endRevision }) => endRevision), ...files.snapshots, 0),
    problems: chain.problem === undefined ? problems : [...new Set([...problems, chain.problem])],
    cut: last?.damage === undefined ? undefined : { name: last.name, bytes: last.damage.offset },
    moves: [
      // The documents last: without them the instances would pass for the rest of an unfinished snapshot.
      ...damagedSnapshots.flatMap(({ revision }) => [instancesName(revision), documentsName(revision)]),
      ...dropped.map(({ name }) => name),
    ],
    next: { ...chain.end, epoch: Math.max(start.epoch, ...segments.map(({ epoch }) => epoch)) + FENCE_EPOCHS },
  };
}

function followChain(segments: readonly InspectedSegment[], start: SegmentPlace, mustExist: boolean): Chain {
  const kept: InspectedSegment[] = [];
  let end: SegmentPlace = { sequence: start.sequence, revision: start.revision };
  const lastSequence = segments.at(-1)?.sequence ?? 0;
  while (end.sequence <= lastSequence) {
    const { sequence, revision } = end;
    const next = segments.find((segment) => segment.sequence === sequence && segment.revision === revision);
    if (next === undefined) return { kept, end, problem: missing(end) };
    if (next.damage?.offset === 0) return { kept, end, problem: next.damage };
    kept.push(next);
    end = { sequence: sequence + 1, revision: next.endRevision };
    if (next.damage !== undefined) return { kept, end, problem: next.damage };
  }
  return { kept, end, problem: mustExist && kept.length === 0 ? missing(end) : undefined };
}

function missing(place: SegmentPlace): Finding {
  return { file: segmentName(place), offset: 0, what: 'it is missing' };
}

function isDropped(segment: InspectedSegment, start: SegmentPlace, chain: Chain): boolean {
  if (segment.sequence < start.sequence) return segment.damage !== undefined;
  return !chain.kept.includes(segment);
}
