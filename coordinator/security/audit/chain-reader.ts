import { readEntry } from './entry.js';
import type { AuditEntry, ChainLink } from './entry.js';
import type { FaultReason } from './names.js';

/** What a line turned out to be. */
export type ReadLine =
  | { readonly kind: 'entry'; readonly entry: AuditEntry }
  | { readonly kind: 'fault'; readonly sequence: number; readonly reason: FaultReason };

/** Follows a chain, entry by entry. After a fault nothing more may be read. */
export class ChainReader {
  #link: ChainLink | undefined;
  #next: number;

  /** Begins at the entry of this number; with `before`, which must be the one before it, that is checked as well. */
  constructor(first: number, before?: ChainLink) {
    this.#next = first;
    this.#link = before;
  }

  /** The last entry; undefined before the first. */
  get link(): ChainLink | undefined {
    return this.#link;
  }

  /** Number of the entry that comes next. */
  get next(): number {
    return this.#next;
  }

  read(line: string): ReadLine {
    const entry = readEntry(line);
    if (entry === undefined) return { kind: 'fault', sequence: this.#next, reason: 'entry_changed' };
    const follows = this.#link === undefined || entry.previous === this.#link.hash;
    if (entry.sequence !== this.#next || !follows) {
      const reason = entry.sequence === this.#next ? 'entry_changed' : 'entry_missing';
      return { kind: 'fault', sequence: this.#next, reason };
    }
    this.#link = { sequence: entry.sequence, hash: entry.hash };
    this.#next++;
    return { kind: 'entry', entry };
  }
}

/** The whole lines of a file and the bytes after the last of them, which no line end follows. */
export function linesOf(bytes: Buffer): { readonly lines: readonly string[]; readonly restBytes: number } {
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
  return { lines, restBytes: bytes.length - end };
}
