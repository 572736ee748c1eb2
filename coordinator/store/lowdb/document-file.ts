import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Adapter } from 'lowdb';
import type { DocumentTable } from '../store.js';
import { damageError, newerFormatError } from './damage.js';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, ReadableDisk } from '../../../common/disk/index.js';
import { writeDurably } from './durable-file.js';
import { FORMAT_VERSION } from './file-header.js';
import type { DocumentRows } from './mirror.js';

/** The small documents of a snapshot, and what belongs to it besides. */
export interface DocumentSnapshot {
  readonly format: number;
  readonly revision: number;
  readonly epoch: number;
  /** Number of the journal segment that follows. */
  readonly sequence: number;
  /** Instances in the binary file of the same revision. */
  readonly instanceCount: number;
  /** Rows as pairs: an object would sort keys that look like numbers. */
  readonly tables: Readonly<Record<DocumentTable, DocumentRows>>;
}

const PIECE_CHARACTERS = 64 * 1024;
const HEAD = '{"data":';
const TAIL = /,"crc32":(\d{1,10})\}\n$/;

/**
 * lowdb's adapter for one snapshot file: compact JSON with a checksum, written durably in pieces of about 64 KB, so that
 * the event loop is held for one piece or one document at a time.
 */
export class DocumentFile implements Adapter<DocumentSnapshot> {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #name: string;

  constructor(disk: Disk, folder: string, name: string) {
    this.#disk = disk;
    this.#folder = folder;
    this.#name = name;
  }

  /** Null when there is no file. Throws like `readDocuments`. */
  async read(): Promise<DocumentSnapshot | null> {
    return readDocuments(this.#disk, this.#folder, this.#name);
  }

  async write(data: DocumentSnapshot): Promise<void> {
    await writeDurably(this.#disk, this.#folder, this.#name, checksummed(data));
  }
}

/**
 * Reads a snapshot's documents; null when there is no file. Throws `HeadframeError`: data_loss on damage,
 * failed_precondition when a later version wrote them.
 */
export async function readDocuments(
  disk: ReadableDisk,
  folder: string,
  name: string,
): Promise<DocumentSnapshot | null> {
  const text = await readText(disk, join(folder, name));
  if (text === undefined) return null;
  const crc = TAIL.exec(text.slice(-32));
  const json = crc === null ? '' : text.slice(HEAD.length, -crc[0].length);
  if (crc === null || !text.startsWith(HEAD) || crc32(json) !== Number(crc[1])) {
    throw damageError(name, 0, 'the checksum of the documents does not match');
  }
  const snapshot = parse(name, json);
  if (snapshot.format > FORMAT_VERSION) throw newerFormatError(name, snapshot.format, FORMAT_VERSION);
  return snapshot;
}

async function readText(disk: ReadableDisk, path: string): Promise<string | undefined> {
  try {
    return (await disk.read(path)).toString();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}

function parse(name: string, json: string): DocumentSnapshot {
  try {
    // Written by DocumentFile under the checksum just verified.
    return JSON.parse(json) as DocumentSnapshot;
  } catch (thrown) {
    throw damageError(name, 0, 'the documents are no JSON', thrown);
  }
}

function* checksummed(data: DocumentSnapshot): Generator<Buffer> {
  let crc = 0;
  yield Buffer.from(HEAD);
  for (const piece of joined(jsonParts(data))) {
    const bytes = Buffer.from(piece);
    crc = crc32(bytes, crc);
    yield bytes;
  }
  yield Buffer.from(`,"crc32":${String(crc)}}\n`);
}

function* jsonParts({ tables, ...facts }: DocumentSnapshot): Generator<string> {
  yield `${JSON.stringify(facts).slice(0, -1)},"tables":{`;
  let tableComma = '';
  for (const [table, rows] of Object.entries(tables)) {
    yield `${tableComma}${JSON.stringify(table)}:[`;
    tableComma = ',';
    let rowComma = '';
    for (const row of rows) {
      yield rowComma + JSON.stringify(row);
      rowComma = ',';
    }
    yield ']';
  }
  yield '}}';
}

function* joined(parts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
