import type { StoreCommit } from '../store.js';
import { Mirror } from '../records/mirror.js';
import { RecentCommits } from '../records/recent-commits.js';
import type { ScannedCommit } from '../records/recent-commits.js';
import { streamDamage } from './damage.js';
import { LogReader } from './log-reader.js';
import type { LogStream } from './log-stream.js';
import type { Patience } from './patience.js';
import { readAhead } from './read-ahead.js';
import { readNewestSnapshot } from './snapshot.js';
import type { Snapshot } from './snapshot.js';
import type { SnapshotStream } from './snapshot-stream.js';

/** How many of the last commits a start reads again. */
export interface RecentLimits {
  readonly commits: number;
  readonly changes: number;
}

/** Messages of the journal asked for at once. */
const READ_AHEAD = 64;
/** A leader may take a snapshot and remove what it makes needless while another reads. */
const ATTEMPTS = 10;
/** How often a message that should be there is looked for, over some seconds, before it is told as missing. */
const LOOKS = 8;

/** A store's content as far as read; `goOn` reads what came since. */
export class Reading {
  readonly #stream: LogStream;
  readonly #recent: RecentCommits;
  readonly reader: LogReader;
  readonly snapshot: Snapshot | undefined;
  readonly mirror: Mirror;

  constructor(stream: LogStream, snapshot: Snapshot | undefined, first: number, limits: RecentLimits) {
    this.#stream = stream;
    this.#recent = new RecentCommits(limits.commits, limits.changes);
    this.snapshot = snapshot;
    this.mirror = snapshot?.mirror ?? new Mirror();
    this.reader = new LogReader(stream.name, first - 1, (commit) => {
      this.#take(commit);
    });
  }

  /**
   * Reads the newest snapshot and the journal to its end. Throws `HeadframeError`: data_loss at damage, failed_precondition
   * for what a later version wrote, unavailable when the servers are away for too long.
   */
  static async open(
    streams: { readonly journal: LogStream; readonly snapshots: SnapshotStream },
    limits: RecentLimits,
    patience: () => Patience,
  ): Promise<Reading> {
    const { journal, snapshots } = streams;
    const pauses = patience();
    for (let attempt = 1; ; attempt += 1) {
      const snapshot = await readNewestSnapshot(snapshots, patience);
      const { first } = await patience().ask(() => journal.ends());
      const needed = snapshot?.closing.sequence ?? 1;
      if (first <= needed) {
        const reading = new Reading(journal, snapshot, first, limits);
        if (await reading.goOn(patience)) return reading;
      }
      if (attempt === ATTEMPTS)
        throw snapshot?.damage ?? streamDamage({ stream: journal.name, sequence: needed }, 'it is missing');
      await pauses.pause(undefined);
    }
  }

  /** Revision of the last commit, of the snapshot where the journal has none. */
  get revision(): number {
    return Math.max(this.reader.revision, this.snapshot?.closing.revision ?? 0);
  }

  /** Highest epoch met. */
  get epoch(): number {
    return Math.max(this.reader.epoch, this.snapshot?.closing.epoch ?? 0);
  }

  /** What was left out, or passed over, and why. */
  get warnings(): readonly string[] {
    const { damage } = this.snapshot ?? {};
    return [...(damage === undefined ? [] : [`passed over a snapshot: ${damage.message}`]), ...this.reader.warnings];
  }

  recent(): readonly StoreCommit[] {
    return this.#recent.list();
  }

  /** Reads to the end as it is now; false when what comes next was removed meanwhile. */
  async goOn(patience: () => Patience): Promise<boolean> {
    const { last } = await patience().ask(() => this.#stream.ends());
    const get = (sequence: number): Promise<Buffer | undefined> => patience().ask(() => this.#stream.get(sequence));
    for await (const [sequence, bytes] of readAhead(upTo(this.reader.last + 1, last), get, READ_AHEAD)) {
      const found = bytes ?? (await this.#lookAgain(sequence, patience));
      if (found === undefined) return false;
      this.reader.read(sequence, found);
    }
    return true;
  }

  /**
   * What should be there and was not found, for a server answers that has been displaced and does not know it yet; undefined
   * when it was removed. Throws `HeadframeError` (data_loss) when it stays missing.
   */
  async #lookAgain(sequence: number, patience: () => Patience): Promise<Buffer | undefined> {
    const pauses = patience();
    for (let looks = 1; ; looks += 1) {
      const { first } = await patience().ask(() => this.#stream.ends());
      if (first > sequence) return undefined;
      const found = await patience().ask(() => this.#stream.get(sequence));
      if (found !== undefined) return found;
      if (looks === LOOKS) throw streamDamage({ stream: this.#stream.name, sequence }, 'it is missing');
      await pauses.pause(undefined);
    }
  }

  #take(commit: ScannedCommit): void {
    this.#recent.push(commit);
    // What the snapshot holds is read for the last commits' sake alone.
    if (commit.revision <= (this.snapshot?.closing.revision ?? 0)) return;
    for (const change of commit.changes) this.mirror.apply(change);
  }
}

function* upTo(first: number, last: number): Generator<number> {
  for (let sequence = first; sequence <= last; sequence += 1) yield sequence;
}
