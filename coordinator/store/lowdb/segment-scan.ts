import { CommitDecoder } from '../records/commit-codec.js';
import type { PackedCommit } from '../records/commit-codec.js';
import { damageError, newerRecordError } from '../records/damage.js';
import { decodeHeader, FILE_HEADER_BYTES } from '../records/file-header.js';
import { provenDurable, readFrame } from '../records/frame.js';
import type { Frame } from '../records/frame.js';
import { UnknownRecord } from '../records/unknown-record.js';
import type { ScannedCommit } from '../records/recent-commits.js';
import type { SegmentStart } from './segment-writer.js';

/** A segment's file as read. */
export interface SegmentBytes {
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether no segment follows: only there may a crash have left a torn tail. */
  readonly last: boolean;
}

/** What a scan found beside the commits. */
export interface SegmentScan {
  readonly start: SegmentStart;
  /** Revision after the segment's last commit. */
  readonly revision: number;
  /** Highest epoch seen. */
  readonly epoch: number;
  /** Where the last whole commit ends; what follows is torn. */
  readonly end: number;
  /** From here on nothing proves that the bytes are on stable storage. */
  readonly provenEnd: number;
}

/**
 * Hands every commit of a segment to `visit`, in order. Throws `HeadframeError` (data_loss) at the first damage, after
 * the commits before it; a torn tail of the last segment is no damage.
 */
export function scanSegment(segment: SegmentBytes, visit: (commit: ScannedCommit) => void): SegmentScan {
  const { name, bytes } = segment;
  const start = decodeHeader(name, bytes, 'journal');
  const decoder = new CommitDecoder();
  let { revision, epoch } = start;
  let [end, provenEnd] = [FILE_HEADER_BYTES, FILE_HEADER_BYTES];
  while (end < bytes.length) {
    const frame = readFrame(bytes, end);
    if (frame === undefined) break;
    const read = decodeCommit(segment, decoder, frame, end);
    if (read.revision !== revision + 1) {
      throw damageError(name, end, `revision ${String(read.revision)} follows ${String(revision)}`);
    }
    revision = read.revision;
    epoch = Math.max(epoch, read.epoch);
    visit({ ...read, whole: () => decoder.readAgain(bytes, frame.start, frame.end).commit });
    [end, provenEnd] = [frame.end, frame.batch];
  }
  if (end < bytes.length && (!segment.last || provenDurable(bytes, end))) {
    throw damageError(name, end, 'a commit is damaged');
  }
  return { start, revision, epoch, end, provenEnd };
}

function decodeCommit(segment: SegmentBytes, decoder: CommitDecoder, frame: Frame, offset: number): PackedCommit {
  try {
    return decoder.readPacked(segment.bytes, frame.start, frame.end);
  } catch (thrown) {
    if (thrown instanceof UnknownRecord) throw newerRecordError(segment.name, offset, thrown.message);
    throw damageError(segment.name, offset, 'a commit cannot be read', thrown);
  }
}
