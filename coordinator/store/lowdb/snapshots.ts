import { join } from 'node:path';
import type { Logger } from '../../../common/observe/logger.js';
import type { Disk } from '../../../common/disk/index.js';
import type { Records } from '../records/mirror.js';
import { documentsName, instancesName, segmentName, sortNames } from './names.js';
import type { StoreReading } from './read-store.js';
import { planRetention } from './retention.js';
import type { SegmentStart } from './segment-writer.js';
import { writeSnapshot } from './snapshot.js';

/** Segments replayed after a snapshot at which the next is taken, however small: a start opens each. */
const MAX_SEGMENTS = 64;

/** Decides when a snapshot is due, takes it beside the commits, and removes the files it makes needless. */
export class Snapshots {
  readonly #place: { readonly disk: Disk; readonly logger: Logger; readonly folder: string };
  readonly #limits: { readonly bytes: number; readonly recentCommits: number };
  #revision: number;
  #snapshotBytes: number;
  /** Ended segments since the last snapshot began. */
  #segments: number;
  #journalBytes: number;
  #running: Promise<void> | undefined;

  constructor(
    place: { readonly disk: Disk; readonly logger: Logger; readonly folder: string },
    limits: { readonly bytes: number; readonly recentCommits: number },
    found: Pick<StoreReading, 'snapshot' | 'journalBytes' | 'journalSegments'>,
  ) {
    this.#place = place;
    this.#limits = limits;
    this.#revision = found.snapshot?.start.revision ?? 0;
    this.#snapshotBytes = found.snapshot?.bytes ?? 0;
    this.#journalBytes = found.journalBytes;
    this.#segments = found.journalSegments;
  }

  /** Revision of the last whole snapshot; 0 for none. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether a snapshot should begin, given the size of the segment that takes commits. */
  due(segmentBytes: number): boolean {
    if (this.#running !== undefined) return false;
    // Never more often than a snapshot's own size is written, so that its cost per commit does not grow with the fleet.
    const bound = Math.max(this.#limits.bytes, this.#snapshotBytes);
    return this.#journalBytes + segmentBytes >= bound || this.#segments >= MAX_SEGMENTS;
  }

  segmentEnded(bytes: number): void {
    this.#journalBytes += bytes;
    this.#segments += 1;
  }

  /** Starts a snapshot of the records as of the segment's start. A failure is logged, and tried again a bound later. */
  begin(start: SegmentStart, records: Records): void {
    [this.#journalBytes, this.#segments] = [0, 0];
    this.#running = this.#take(start, records).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves once no snapshot is being taken. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #take(start: SegmentStart, records: Records): Promise<void> {
    const { disk, folder, logger } = this.#place;
    try {
      this.#snapshotBytes = await writeSnapshot(disk, folder, start, records);
      this.#revision = start.revision;
      await this.#removeNeedless();
    } catch (thrown) {
      // The journal holds everything: the store is whole, only its next start is slower.
      logger.warn({ err: thrown, revision: start.revision }, 'a snapshot of the store failed');
    }
  }

  async #removeNeedless(): Promise<void> {
    const { disk, folder } = this.#place;
    const files = sortNames(await disk.list(folder));
    const { segments, snapshots } = planRetention(files, this.#limits.recentCommits);
    const names = [
      ...snapshots.flatMap((revision) => [documentsName(revision), instancesName(revision)]),
      ...segments.map(segmentName),
    ];
    for (const name of names) await disk.remove(join(folder, name));
    if (names.length > 0) await disk.syncFolder(folder);
  }
}
