import { HeadframeError } from '../../../common/model/error.js';
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
import type { SnapshotClosing } from './snapshot-message.js';
import type { SnapshotStream } from './snapshot-stream.js';

/** How many of the last commits a start reads again, and up to which form. */
export interface RecentLimits {
  readonly commits: number;
  readonly changes: number;
  /** The latest form of the journal that is read; that of this version when left out. */
  readonly format?: number;
}

/** How a start reads. */
export interface ReadingRules extends RecentLimits {
  /** Whether the journal may have lost what a snapshot still has, for servers write late. */
  readonly mayLack?: boolean;
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
  readonly #limits: RecentLimits;
  readonly #damage: HeadframeError | undefined;
  #recent: RecentCommits;
  readonly reader: LogReader;
  /** What the snapshot that it began with says of itself. */
  readonly closing: SnapshotClosing | undefined;
  #mirror: Mirror | undefined;
  #visit: (commit: ScannedCommit) => void;

  constructor(stream: LogStream, { snapshot, damage }: NewestSnapshot, first: number, limits: RecentLimits) {
    this.#stream = stream;
    this.#limits = limits;
    this.#recent = new RecentCommits(limits.commits, limits.changes);
    this.closing = snapshot?.closing;
    this.#damage = damage;
    const mirror = snapshot?.mirror ?? new Mirror();
    this.#mirror = mirror;
    this.#visit = (commit) => {
      this.#gather(mirror, commit);
    };
    const onGap = (): void => {
      this.#recent = new RecentCommits(this.#limits.commits, this.#limits.changes);
    };
    const covered = snapshot?.closing.revision ?? 0;
    const { format } = limits;
    this.reader = new LogReader(stream.name, first - 1, (commit) => this.#visit(commit), { covered, onGap, format });
  }

  /**
   * Reads the newest snapshot and the journal to its end. Throws `HeadframeError`: data_loss at damage, failed_precondition
   * for what a later version wrote, unavailable when the servers are away for too long.
   */
  static async open(
    streams: { readonly journal: LogStream; readonly snapshots: SnapshotStream },
    rules: ReadingRules,
    patience: () => Patience,
  ): Promise<Reading> {
    const { journal, snapshots } = streams;
    const pauses = patience();
    const passed = new Set<number>();
    for (let attempt = 1; ; attempt += 1) {
      const found = await newestOf(snapshots, patience, passed);
      const read = await Reading.#read(journal, found, rules, patience);
      if (read instanceof Reading) return read;
      if (read.fit === 'other') passed.add(found.snapshot?.sequence ?? 0);
      if (attempt === ATTEMPTS)
        throw found.damage ?? streamDamage({ stream: journal.name, sequence: read.missing }, 'it is missing');
      await pauses.pause(undefined);
    }
  }

  /** Reads the journal from where it goes on after a snapshot; what is missing where it does not. */
  static async #read(
    journal: LogStream,
    found: NewestSnapshot,
    rules: ReadingRules,
    patience: () => Patience,
  ): Promise<Reading | { readonly missing: number; readonly fit?: 'behind' | 'other' }> {
    const { closing } = found.snapshot ?? {};
    const { first } = await patience().ask(() => journal.ends());
    const needed = closing?.sequence ?? 1;
    // Of what an unfinished move brings there is no snapshot yet, and what was there before is of no use.
    if (first > needed && closing !== undefined) return { missing: needed };
    const reading = new Reading(journal, found, first, rules);
    if (!(await reading.goOn(patience))) return { missing: needed };
    if (reading.reader.standing.state === 'arriving') return reading;
    return reading.#lack(first > needed, rules) ?? reading;
  }

  /** What is missing of the journal where it does not go on after the snapshot. */
  #lack(
    isCut: boolean,
    { mayLack = false }: ReadingRules,
  ): { readonly missing: number; readonly fit?: 'behind' | 'other' } | undefined {
    const { closing } = this;
    if (closing === undefined) {
      // A journal that does not begin with the fleet has not everything either: what came by a move.
      const begins = this.reader.segments[0]?.revision ?? 0;
      return isCut || begins > 0 ? { missing: 1 } : undefined;
    }
    const fit = fitOf(closing, this.reader);
    if (fit === 'fits' || (fit === 'behind' && mayLack)) return undefined;
    return { missing: this.reader.last + 1, fit };
  }

  /** Whether the journal lacks the place from which it went on after the snapshot, for it was lost. */
  get isBehind(): boolean {
    const { closing } = this;
    return closing !== undefined && !this.reader.segments.some(({ sequence }) => sequence === closing.sequence);
  }

  /** Revision of the last commit, of the snapshot where the journal has none. */
  get revision(): number {
    return Math.max(this.reader.revision, this.closing?.revision ?? 0);
  }

  /** Highest epoch met. */
  get epoch(): number {
    return Math.max(this.reader.epoch, this.closing?.epoch ?? 0);
  }

  /** What was left out, or passed over, and why. */
  get warnings(): readonly string[] {
    const damage = this.#damage === undefined ? [] : [`passed over a snapshot: ${this.#damage.message}`];
    return [...damage, ...this.reader.warnings];
  }

  /** The records, until they are handed over. */
  get mirror(): Mirror {
    if (this.#mirror === undefined) throw new Error('what was read has been handed over');
    return this.#mirror;
  }

  /** Lets go of what was gathered; commits that come are no longer put with it, but handed on. */
  handOver(visit: (commit: ScannedCommit) => void): void {
    this.#mirror = undefined;
    this.#recent = new RecentCommits(0, 0);
    this.#visit = visit;
  }

  recent(): readonly StoreCommit[] {
    return this.#recent.list();
  }

  /** Reads to the end as it is now; false when what comes next was removed meanwhile. */
  async goOn(patience: () => Patience): Promise<boolean> {
    const { last } = await patience().ask(() => this.#stream.ends());
    return this.readTo(last, patience);
  }

  /** Reads up to a message that is there; false when what comes next was removed. Throws as `open` does. */
  async readTo(last: number, patience: () => Patience): Promise<boolean> {
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

  #gather(mirror: Mirror, commit: ScannedCommit): void {
    this.#recent.push(commit);
    // What the snapshot holds is read for the last commits' sake alone.
    if (commit.revision <= (this.closing?.revision ?? 0)) return;
    for (const change of commit.changes) mirror.apply(change, commit.revision);
  }
}

/** What there is of snapshots. */
interface NewestSnapshot {
  readonly snapshot: Snapshot | undefined;
  /** Of one that was passed over. */
  readonly damage: HeadframeError | undefined;
}

/** The newest snapshot that is whole; where all are damaged none, for the journal may still have everything. */
async function newestOf(
  stream: SnapshotStream,
  patience: () => Patience,
  passed: ReadonlySet<number>,
): Promise<NewestSnapshot> {
  try {
    const snapshot = await readNewestSnapshot(stream, patience, passed);
    return { snapshot, damage: snapshot?.damage };
  } catch (thrown) {
    if (!(thrown instanceof HeadframeError) || thrown.code !== 'data_loss') throw thrown;
    return { snapshot: undefined, damage: thrown };
  }
}

/**
 * Whether a snapshot is one of what a journal tells: `behind` where the journal ends before the snapshot was taken, `other` where it
 * tells something else, for who took the snapshot was lost with all that it wrote.
 */
function fitOf(
  { sequence, epoch, revision }: SnapshotClosing,
  { segments, last }: LogReader,
): 'fits' | 'behind' | 'other' {
  const later = segments.find((segment) => segment.epoch > epoch && segment.sequence < sequence);
  // Who took over went on from the snapshot, or did not know of it.
  if (later !== undefined) return later.revision >= revision ? 'fits' : 'other';
  if (last < sequence) return 'behind';
  const own = segments.find((segment) => segment.sequence === sequence);
  return own?.epoch === epoch && own.revision === revision ? 'fits' : 'other';
}

function* upTo(first: number, last: number): Generator<number> {
  for (let sequence = first; sequence <= last; sequence += 1) yield sequence;
}
