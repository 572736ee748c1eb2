import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { readAnchor } from './anchor.js';
import { ChainReader, linesOf } from './chain-reader.js';
import type { ChainLink } from './entry.js';
import { ANCHOR_NAME, firstOf, logFiles } from './names.js';
import type { ChainFault } from './names.js';
import { removedThrough } from './own-facts.js';

/** How far a look through the log has come. */
export interface Verification {
  readonly files: number;
  readonly entries: number;
  /** The last sound entry; undefined before the first. */
  readonly head: ChainLink | undefined;
  /** The first thing that is wrong; nothing is read after it. */
  readonly fault: ChainFault | undefined;
  readonly done: boolean;
}

/** What a look through the log takes from its program. */
export interface VerifyParts {
  readonly disk: ReadableDisk;
  readonly folder: string;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** A head that was noted elsewhere; undefined when none was. */
export type KnownHead = ChainLink | undefined;

/** Lines between two turns of the event loop: about 2 ms. */
const SLICE = 200;

/**
 * Reads the log through, whether or not a coordinator is writing it, and tells after each file how far it is. What comes
 * after the anchor is left out: nobody was told that it is durable.
 */
export async function* verifyLog(parts: VerifyParts, known?: KnownHead): AsyncGenerator<Verification, void, undefined> {
  const anchor = await readAnchor(parts.disk, parts.folder);
  const names = logFiles(await parts.disk.list(parts.folder));
  const walk = new Walk(anchor, known);
  for (const name of names) {
    if (walk.ended) break;
    const bytes = await readUnlessRemoved(parts.disk, join(parts.folder, name));
    if (bytes === undefined) continue;
    await walk.file(name, bytes, parts.yieldTurn);
    yield walk.progress(false);
  }
  walk.end();
  yield walk.progress(true);
}

/** One look through the log. */
class Walk {
  readonly #anchor: ChainLink | undefined;
  readonly #known: KnownHead;
  #reader: ChainReader | undefined;
  #first = { file: '', sequence: 1 };
  #last = ANCHOR_NAME;
  /** Whether the last file ends in the midst of a line. */
  #isTorn = false;
  #removed = 0;
  #files = 0;
  #entries = 0;
  #fault: ChainFault | undefined;

  constructor(anchor: ChainLink | undefined, known: KnownHead) {
    this.#anchor = anchor;
    this.#known = known;
    if (anchor === undefined) this.#fault = { file: ANCHOR_NAME, sequence: 0, reason: 'anchor_missing' };
  }

  /** Whether there is nothing more to look at. */
  get ended(): boolean {
    return this.#fault !== undefined || (this.#reader?.link?.sequence ?? -1) >= (this.#anchor?.sequence ?? 0);
  }

  progress(done: boolean): Verification {
    const [files, entries, head, fault] = [this.#files, this.#entries, this.#reader?.link, this.#fault];
    return { files, entries, head, fault, done };
  }

  async file(file: string, bytes: Buffer, yieldTurn: () => Promise<void>): Promise<void> {
    this.#files++;
    const before = this.#last;
    this.#last = file;
    const first = firstOf(file) ?? 1;
    if (this.#reader === undefined) this.#first = { file, sequence: first };
    this.#reader ??= new ChainReader(first);
    const reader = this.#reader;
    if (reader.next !== first) {
      // A file that another follows was left with a whole line.
      this.#fault = this.#isTorn
        ? { file: before, sequence: reader.next, reason: 'entry_changed' }
        : { file, sequence: reader.next, reason: 'entry_missing' };
      return;
    }
    const { lines, restBytes } = linesOf(bytes);
    this.#isTorn = restBytes > 0;
    for (const [index, line] of lines.entries()) {
      if (this.ended) return;
      this.#line(file, reader, line);
      if (index % SLICE === SLICE - 1) await yieldTurn();
    }
  }

  /** What only the end shows: entries that are missing at either side. */
  end(): void {
    if (this.#fault !== undefined || this.#anchor === undefined) return;
    const { sequence } = this.#anchor;
    const next = this.#reader?.next ?? 1;
    if (next <= sequence) this.#fault = { file: this.#last, sequence: next, reason: 'tail_missing' };
    else if (this.#first.sequence > this.#removed + 1)
      this.#fault = { file: this.#first.file, sequence: this.#first.sequence - 1, reason: 'entry_missing' };
    else this.#endKnown();
  }

  #endKnown(): void {
    const { sequence } = this.#known ?? { sequence: this.#first.sequence };
    if (sequence < this.#first.sequence) this.#fault = { file: this.#first.file, sequence, reason: 'entry_missing' };
    else if (sequence >= (this.#reader?.next ?? 1))
      this.#fault = { file: this.#last, sequence, reason: 'tail_missing' };
  }

  #line(file: string, reader: ChainReader, line: string): void {
    const read = reader.read(line);
    if (read.kind === 'fault') {
      this.#fault = { file, sequence: read.sequence, reason: read.reason };
      return;
    }
    const { entry } = read;
    this.#entries++;
    this.#removed = Math.max(this.#removed, removedThrough(entry));
    const { sequence, hash } = entry;
    const differs = (head: ChainLink | undefined): boolean => head?.sequence === sequence && head.hash !== hash;
    if (differs(this.#anchor)) this.#fault = { file, sequence, reason: 'anchor_differs' };
    else if (differs(this.#known)) this.#fault = { file, sequence, reason: 'head_differs' };
  }
}

// The oldest files may go while the log is read.
async function readUnlessRemoved(disk: ReadableDisk, path: string): Promise<Buffer | undefined> {
  try {
    return await disk.read(path);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}
