import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { Records } from '../records/mirror.js';
import type { SegmentPlace } from './log-reader.js';
import { writeSnapshot } from './snapshot.js';
import type { SnapshotWriting } from './snapshot.js';
import { isOlder } from './snapshot-stream.js';

/** Messages read after a snapshot at which the next is taken, however small: a start asks for each. */
const MAX_MESSAGES = 20_000;

/** What snapshots of the journal take. */
export interface SnapshotParts extends SnapshotWriting {
  readonly logger: Logger;
  readonly newId: () => string;
  /** Journal since the last snapshot at which the next is due, or that snapshot's size if larger. */
  readonly bytes: number;
  /** Removes of the journal what a snapshot makes needless that is whole and surely written. */
  readonly cut: (start: SegmentPlace) => Promise<void>;
  readonly clock: Pick<Clock, 'bootMs'>;
  /** After how long servers have surely written what they have acknowledged, in milliseconds. */
  readonly syncMs: () => number;
}

/** A whole snapshot, and since when it is. */
interface Whole {
  readonly start: SegmentPlace;
  readonly atMs: number;
}

/**
 * Decides when a snapshot is due, and takes it beside the commits. What is older is removed once a snapshot is not only whole but
 * surely written: what servers remove is gone at once, though they may lose what came in its place.
 */
export class LogSnapshots {
  readonly #parts: SnapshotParts;
  #last: SegmentPlace;
  #snapshotBytes: number;
  #running: Promise<void> | undefined;
  #whole: Whole[] = [];

  /** `last` is where the newest snapshot was taken, of so many bytes, or, with 0 of them, the journal begins. */
  constructor(parts: SnapshotParts, last: SegmentPlace, snapshotBytes: number) {
    this.#parts = parts;
    this.#last = last;
    this.#snapshotBytes = snapshotBytes;
  }

  /** Whether a snapshot should begin, given the journal's end. */
  due(end: { readonly sequence: number; readonly offset: number }): boolean {
    if (this.#running !== undefined) return false;
    // Never more often than a snapshot's own size is written, so that its cost per commit does not grow with the fleet.
    const bound = Math.max(this.#parts.bytes, this.#snapshotBytes);
    return end.offset - this.#last.offset >= bound || end.sequence - this.#last.sequence >= MAX_MESSAGES;
  }

  /** Starts a snapshot of the records as of a segment's beginning. A failure is logged, and tried again a bound later. */
  begin(start: SegmentPlace, records: Records): void {
    this.#last = start;
    this.#running = this.#take(start, records).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves once no snapshot is being taken. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #take(start: SegmentPlace, records: Records): Promise<void> {
    const { logger, newId, signal } = this.#parts;
    const name = { revision: start.revision, epoch: start.epoch, id: newId() };
    try {
      this.#snapshotBytes = await writeSnapshot(this.#parts, { name, start, records });
      this.#whole.push({ start, atMs: this.#parts.clock.bootMs() });
      await this.#removeNeedless();
    } catch (thrown) {
      if (signal.aborted) return;
      // The journal holds everything: the store is whole, only its next start is slower.
      logger.warn({ err: thrown, revision: start.revision }, 'a snapshot of the store failed');
    }
  }

  async #removeNeedless(): Promise<void> {
    const { stream, patience, cut, clock, syncMs } = this.#parts;
    const writtenMs = clock.bootMs() - syncMs();
    const written = this.#whole.findLast(({ atMs }) => atMs <= writtenMs);
    if (written === undefined) return;
    this.#whole = this.#whole.slice(this.#whole.indexOf(written));
    await cut(written.start);
    for (const other of await patience().ask(() => stream.list()))
      if (isOlder(other, written.start)) await patience().ask(() => stream.remove(other));
  }
}
