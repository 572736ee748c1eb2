import { join } from 'node:path';
import { damageError } from '../records/damage.js';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { decodeHeader } from '../records/file-header.js';
import type { ScannedCommit } from '../records/recent-commits.js';
import { segmentName } from './names.js';
import type { SegmentPlace, StoreFiles } from './names.js';
import { scanSegment } from './segment-scan.js';
import type { SegmentScan } from './segment-scan.js';

/** A journal segment as found. */
export interface ReadSegment {
  readonly name: string;
  readonly scan: SegmentScan;
  readonly bytes: Buffer;
}

/** Reads the journal from segment to segment and checks that each begins where the one before ended. */
export class Replay {
  readonly #disk: ReadableDisk;
  readonly #folder: string;
  readonly #files: StoreFiles;
  #next: SegmentPlace | undefined;

  constructor(disk: ReadableDisk, folder: string, files: StoreFiles) {
    this.#disk = disk;
    this.#folder = folder;
    this.#files = files;
  }

  /** Says where the segments that must be there go on; throws when those read before end elsewhere. */
  expect(place: SegmentPlace): void {
    if (this.#next !== undefined && this.#next.revision !== place.revision) throw gapError(place, this.#next);
    this.#next = place;
  }

  /** Reads one segment, handing each commit to `visit`; throws `HeadframeError` data_loss at the first damage or gap. */
  async visit(place: SegmentPlace, visit: (commit: ScannedCommit) => void): Promise<ReadSegment> {
    const name = segmentName(place);
    if (this.#next !== undefined) this.#checkPlace(place, this.#next);
    const bytes = await this.#disk.read(join(this.#folder, name));
    const header = decodeHeader(name, bytes, 'journal');
    if (header.sequence !== place.sequence || header.revision !== place.revision) {
      throw damageError(name, 0, `by its header it is ${segmentName(header)}`);
    }
    const last = place.sequence === this.#files.segments.at(-1)?.sequence;
    const scan = scanSegment({ name, bytes, last }, visit);
    this.#next = { sequence: place.sequence + 1, revision: scan.revision };
    return { name, scan, bytes };
  }

  #checkPlace(place: SegmentPlace, expected: SegmentPlace): void {
    if (place.sequence !== expected.sequence) throw damageError(segmentName(expected), 0, 'it is missing');
    if (place.revision !== expected.revision) throw gapError(place, expected);
  }
}

function gapError(place: SegmentPlace, expected: SegmentPlace): Error {
  return damageError(segmentName(place), 0, `the journal before it ends at revision ${String(expected.revision)}`);
}
