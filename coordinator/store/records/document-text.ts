import { crc32 } from 'node:zlib';
import { DOCUMENT_TABLES } from '../store.js';
import type { DocumentTable } from '../store.js';
import { damageError, newerFormatError, newerRecordError } from './damage.js';
import { FORMAT_VERSION } from './file-header.js';
import { isDated } from './mirror.js';
import type { DocumentRows, Records } from './mirror.js';

/** The small documents of a snapshot, and what belongs to it besides. */
export interface DocumentSnapshot {
  readonly format: number;
  readonly revision: number;
  readonly epoch: number;
  /** Where the journal goes on after the snapshot: number of a segment, or of a stream's message. */
  readonly sequence: number;
  /** Instances in the binary form of the same revision. */
  readonly instanceCount: number;
  /**
   * Rows as pairs: an object would sort keys that look like numbers. Those of dated tables have the revision of their last change behind;
   * who knows of none leaves it out, and what lacks it has changed at the snapshot's revision, or before.
   */
  readonly tables: Readonly<Record<DocumentTable, DocumentRows>>;
}

const PIECE_CHARACTERS = 64 * 1024;
const HEAD = '{"data":';
const TAIL = /,"crc32":(\d{1,10})\}\n$/;

/** The documents of all tables as a snapshot holds them. */
export function tablesOf({ documents, lastRevisions }: Records): DocumentSnapshot['tables'] {
  const rows = (table: DocumentTable): DocumentRows => {
    const all = [...(documents.get(table) ?? [])];
    const last = isDated(table) ? lastRevisions.get(table) : undefined;
    if (last === undefined) return all;
    return all.map(([key, value]) => {
      const revision = last.get(key);
      return revision === undefined ? [key, value] : [key, value, revision];
    });
  };
  return {
    miner: rows('miner'),
    workload: rows('workload'),
    host: rows('host'),
    setting: rows('setting'),
    history: rows('history'),
    namespace: rows('namespace'),
    token: rows('token'),
    credential: rows('credential'),
    secret: rows('secret'),
    wallet: rows('wallet'),
    module: rows('module'),
    intent: rows('intent'),
    network: rows('network'),
    stakePolicy: rows('stakePolicy'),
    subnet: rows('subnet'),
    reward: rows('reward'),
    weightCommit: rows('weightCommit'),
    lease: rows('lease'),
    verdict: rows('verdict'),
    modelRecord: rows('modelRecord'),
    machine: rows('machine'),
    keyedAnswer: rows('keyedAnswer'),
  };
}

/** The pieces of the documents' text, about 64 KB each: compact JSON with a checksum. Each is made as it is drawn. */
export function* encodeDocuments(data: DocumentSnapshot): Generator<Buffer> {
  let crc = 0;
  yield Buffer.from(HEAD);
  for (const piece of joined(jsonParts(data))) {
    const bytes = Buffer.from(piece);
    crc = crc32(bytes, crc);
    yield bytes;
  }
  yield Buffer.from(`,"crc32":${String(crc)}}\n`);
}

/**
 * Reads what `encodeDocuments` wrote; `file` names it in errors. Throws `HeadframeError`: data_loss on damage,
 * failed_precondition when a later version wrote it.
 */
export function decodeDocuments(file: string, text: string): DocumentSnapshot {
  const crc = TAIL.exec(text.slice(-32));
  const json = crc === null ? '' : text.slice(HEAD.length, -crc[0].length);
  if (crc === null || !text.startsWith(HEAD) || crc32(json) !== Number(crc[1])) {
    throw damageError(file, 0, 'the checksum of the documents does not match');
  }
  const snapshot = parse(file, json);
  if (snapshot.format > FORMAT_VERSION) throw newerFormatError(file, snapshot.format, FORMAT_VERSION);
  const unknown = unknownTable(snapshot.tables);
  if (unknown !== undefined) throw newerRecordError(file, 0, `records of table ${unknown}`);
  return snapshot;
}

/** A later version writes all its tables, also those that nothing is in. */
function unknownTable(tables: Readonly<Record<string, DocumentRows>>): string | undefined {
  const known = new Set<string>(DOCUMENT_TABLES);
  return Object.keys(tables).find((table) => !known.has(table) && tables[table]?.length !== 0);
}

function parse(file: string, json: string): DocumentSnapshot {
  try {
    // Written by encodeDocuments under the checksum just verified.
    return JSON.parse(json) as DocumentSnapshot;
  } catch (thrown) {
    throw damageError(file, 0, 'the documents are no JSON', thrown);
  }
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
