import type { MoveStanding } from '../move/index.js';
import { CommitDecoder } from '../records/commit-codec.js';
import { readFrame } from '../records/frame.js';
import { UnknownRecord } from '../records/unknown-record.js';
import type { ScannedCommit } from '../records/recent-commits.js';
import { newerMessage, newerRecord, streamDamage } from './damage.js';
import { LOG_FORMAT, decodeLogMessage, tagOf } from './log-message.js';
import type { LogMessage, LogMove, LogPart, LogSegment } from './log-message.js';

/** A segment of the journal by the place of its first message. */
export interface SegmentPlace {
  readonly sequence: number;
  /** Revision before its first commit. */
  readonly revision: number;
  readonly epoch: number;
  /** Bytes of messages before it, counted from some place that is the same for all. */
  readonly offset: number;
}

/** What a journal may lack, for servers have lost it that had not written it. */
interface GapRules {
  /** Revision up to which a snapshot has everything. */
  readonly covered: number;
  /** Called where some of that is missing: what comes next does not follow what came before. */
  readonly onGap: () => void;
}

/** How a journal is read. */
interface ReaderRules extends GapRules {
  /** The latest form of it that is read; that of this version when left out. */
  readonly format?: number | undefined;
}

/** Parts of a group whose last has not come. */
interface OpenGroup {
  readonly first: number;
  readonly group: number;
  readonly count: number;
  readonly parts: Uint8Array[];
}

/**
 * Reads the messages of a journal one after the other and hands on the commits that they make up.
 *
 * What decides is the order of the messages alone, so all readers see the same: a segment of a higher epoch ends what came
 * before, and whatever a lower epoch sent that comes behind it counts for nothing, and neither does what somebody else sent in the
 * same epoch, or in one that nobody has begun here: their beginnings were lost with servers that had not written them. A group
 * counts once its last part is there; one that another group or epoch follows was never acknowledged.
 */
export class LogReader {
  readonly #stream: string;
  readonly #visit: (commit: ScannedCommit) => void;
  readonly #format: number;
  #segments: SegmentPlace[] = [];
  readonly #warnings: string[] = [];
  readonly #gaps: GapRules;
  #decoder: CommitDecoder | undefined;
  #open: OpenGroup | undefined;
  #last: number;
  #epoch = 0;
  #highest = 0;
  #writer: number | undefined;
  #revision = 0;
  #bytes = 0;
  #move: LogMove | undefined;

  /** Reads on from behind the message `after`. */
  constructor(
    stream: string,
    after: number,
    visit: (commit: ScannedCommit) => void,
    { format = LOG_FORMAT, ...gaps }: ReaderRules = { covered: 0, onGap: () => undefined },
  ) {
    this.#format = format;
    this.#stream = stream;
    this.#gaps = gaps;
    this.#last = after;
    this.#visit = visit;
  }

  /** Sequence of the last message read. */
  get last(): number {
    return this.#last;
  }

  /** Revision of the last whole commit. */
  get revision(): number {
    return this.#revision;
  }

  /** Highest epoch seen, begun or not. */
  get epoch(): number {
    return this.#highest;
  }

  /** Bytes of all messages read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All segments met, in order. */
  get segments(): readonly SegmentPlace[] {
    return this.#segments;
  }

  /** How the store stands to moves, by what was read. */
  get standing(): MoveStanding {
    if (this.#move !== undefined)
      return { state: this.#move.note === 'moved' ? 'moved' : 'arriving', mark: this.#move.mark };
    return this.#segments.length === 0 ? { state: 'empty' } : { state: 'open', epoch: this.#epoch };
  }

  /** What was left out, and why. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Gives back what was left out since the last time, and forgets all segments but the newest; for who follows for long. */
  forget(): readonly string[] {
    this.#segments.splice(0, this.#segments.length - 1);
    return this.#warnings.splice(0);
  }

  /** Drops a group that nobody goes on with; for who has taken the journal over. */
  close(): void {
    this.#drop();
  }

  /** Throws `HeadframeError`: data_loss at damage or a gap, failed_precondition for what a later version wrote. */
  read(sequence: number, bytes: Buffer): void {
    if (sequence !== this.#last + 1) {
      throw streamDamage(this.#place(this.#last + 1), `it is missing; message ${String(sequence)} follows`);
    }
    const message = this.#decode(sequence, bytes);
    this.#last = sequence;
    const offset = this.#bytes;
    this.#bytes += bytes.length;
    this.#highest = Math.max(this.#highest, message.epoch);
    if (message.epoch < this.#epoch) {
      this.#warnings.push(`message ${String(sequence)}: left out, of epoch ${String(message.epoch)}, which was over`);
    } else if (this.#isOfAnother(message)) {
      this.#warnings.push(
        `message ${String(sequence)}: left out, of epoch ${String(message.epoch)} that another began`,
      );
    } else if (message.kind === 'segment') this.#begin({ sequence, offset }, message);
    else if (message.kind === 'move') this.#note(message);
    else this.#take(sequence, message);
  }

  #isOfAnother(message: LogMessage): boolean {
    if (this.#segments.length === 0) return false;
    if (message.epoch > this.#epoch) return message.kind === 'part';
    const tag = tagOf(message);
    return tag !== undefined && tag !== this.#writer;
  }

  #decode(sequence: number, bytes: Buffer): LogMessage {
    try {
      const message = decodeLogMessage(bytes);
      if (message.kind !== 'segment' || message.format <= this.#format) return message;
      throw newerMessage(this.#place(sequence), message.format, this.#format);
    } catch (thrown) {
      if (thrown instanceof UnknownRecord) throw newerRecord(this.#place(sequence), thrown.message);
      if (thrown instanceof RangeError) throw streamDamage(this.#place(sequence), thrown.message, thrown);
      throw thrown;
    }
  }

  #begin({ sequence, offset }: { sequence: number; offset: number }, segment: LogSegment): void {
    const { epoch, revision } = segment;
    this.#drop();
    const isBehind = this.#segments.length > 0 && this.#revision < revision && revision <= this.#gaps.covered;
    if (isBehind) {
      this.#warnings.push(
        `message ${String(sequence)}: revisions ${String(this.#revision + 1)} to ${String(revision)} are not in the journal, but in a snapshot`,
      );
      this.#gaps.onGap();
    } else if (this.#segments.length > 0 && revision !== this.#revision) {
      const what = `a segment begins after revision ${String(revision)}, but ${String(this.#revision)} came before`;
      throw streamDamage(this.#place(sequence), what);
    }
    this.#segments.push({ sequence, revision, epoch, offset });
    this.#decoder = new CommitDecoder();
    [this.#epoch, this.#revision] = [epoch, revision];
    this.#writer = tagOf(segment);
  }

  #note(message: LogMove): void {
    this.#drop();
    [this.#epoch, this.#writer] = [message.epoch, undefined];
    this.#move = message.note === 'arrived' ? undefined : message;
    // What comes has nothing to do with what was there.
    if (message.note === 'arriving') [this.#segments, this.#revision] = [[], 0];
  }

  #take(sequence: number, part: LogPart): void {
    if (this.#segments.length === 0) throw streamDamage(this.#place(sequence), 'the journal begins amid a segment');
    // A group is sent anew, under a higher number, when something of an old leader came in between.
    if (part.index === 0 && part.group !== this.#open?.group) this.#drop();
    const open = (this.#open ??= { first: sequence, group: part.group, count: part.count, parts: [] });
    if (part.group !== open.group || part.count !== open.count || part.index !== open.parts.length) {
      if (part.index > 0) {
        this.#stray(sequence);
        return;
      }
      throw streamDamage(this.#place(sequence), 'the parts of a commit are out of order');
    }
    open.parts.push(part.bytes);
    if (open.parts.length === open.count) this.#complete(open);
  }

  /** A part whose beginning another's message displaced: its group comes again. A real hole shows in the revisions. */
  #stray(sequence: number): void {
    this.#warnings.push(`message ${String(sequence)}: left out, its beginning is not there`);
    if (this.#open?.parts.length === 0) this.#open = undefined;
  }

  #complete({ first, parts }: OpenGroup): void {
    this.#open = undefined;
    const bytes = Buffer.concat(parts);
    for (let offset = 0; offset < bytes.length;) {
      const frame = readFrame(bytes, offset);
      if (frame === undefined) throw streamDamage(this.#place(first), 'a commit is damaged');
      this.#commit(first, bytes, frame.start, frame.end);
      offset = frame.end;
    }
  }

  #commit(sequence: number, bytes: Buffer, start: number, end: number): void {
    const decoder = (this.#decoder ??= new CommitDecoder());
    const place = this.#place(sequence);
    const packed = unlessDamaged(place, () => decoder.readPacked(bytes, start, end));
    if (packed.revision !== this.#revision + 1) {
      throw streamDamage(place, `revision ${String(packed.revision)} follows ${String(this.#revision)}`);
    }
    this.#revision = packed.revision;
    this.#visit({ ...packed, whole: () => decoder.readAgain(bytes, start, end).commit });
  }

  #drop(): void {
    if (this.#open === undefined) return;
    const { first, parts, count } = this.#open;
    this.#open = undefined;
    this.#warnings.push(
      `message ${String(first)}: dropped ${String(parts.length)} of ${String(count)} parts of a commit that was never whole`,
    );
  }

  #place(sequence: number): { stream: string; sequence: number } {
    return { stream: this.#stream, sequence };
  }
}

function unlessDamaged<T>(place: { stream: string; sequence: number }, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof UnknownRecord) throw newerRecord(place, thrown.message);
    throw streamDamage(place, 'a commit cannot be read', thrown);
  }
}
