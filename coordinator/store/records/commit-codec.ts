import type { FleetEvent } from '../../../common/model/event.js';
import type { InstanceRows } from '../../instances/instance-rows.js';
import type { DocumentTable, StoreChange, StoreCommit } from '../store.js';
import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { InstanceDecoder, InstanceEncoder } from './instance-codec.js';
import { RowsDecoder, RowsEncoder } from './rows-codec.js';
import { UnknownRecord, requireEnd } from './unknown-record.js';
import { NAMES_LIMIT, TextTableReader, TextTableWriter, TEXTS_LIMIT } from './text-table.js';

// Codes on disk: never change one, never use one again.
const CHANGE_CODES = { instance: 1, instanceRemoved: 2, document: 3, documentRemoved: 4, instances: 5 } as const;
const TABLE_CODES: Readonly<Record<DocumentTable, number>> = {
  miner: 1,
  workload: 2,
  host: 3,
  setting: 4,
  history: 5,
  namespace: 6,
  token: 7,
  credential: 8,
  secret: 9,
  wallet: 10,
  module: 13,
  intent: 12,
  network: 11,
  stakePolicy: 15,
  subnet: 20,
  reward: 21,
  weightCommit: 22,
  verdict: 24,
  lease: 25,
  modelRecord: 26,
  machine: 27,
  keyedAnswer: 28,
};

/** A commit as the journal holds it, with the epoch of the coordinator that made it. */
export interface JournalCommit {
  readonly commit: StoreCommit;
  readonly epoch: number;
}

/** A change as the journal has it: container ids of rows may be bytes still, 32 each. */
export type JournalChange =
  | Exclude<StoreChange, { readonly kind: 'instances' }>
  | { readonly kind: 'instances'; readonly rows: InstanceRows; readonly hexIds?: Uint8Array | undefined };

/** What a commit changed. */
export interface PackedCommit {
  readonly revision: number;
  readonly epoch: number;
  readonly changes: readonly JournalChange[];
}

/** Writes commits; one encoder serves one journal segment. */
export class CommitEncoder {
  readonly #names = new TextTableWriter(NAMES_LIMIT);
  readonly #texts = new TextTableWriter(TEXTS_LIMIT);
  readonly #instances = new InstanceEncoder(this.#names, this.#texts);
  readonly #rows = new RowsEncoder(this.#names, this.#texts);

  write(writer: ByteWriter, { commit, epoch }: JournalCommit): void {
    writer.varint(commit.revision);
    writer.varint(epoch);
    writer.varint(commit.atMs);
    writer.varint(commit.changes.length);
    for (const change of commit.changes) this.#writeChange(writer, change, commit.atMs);
    if (commit.events.length > 0) writer.text(JSON.stringify(commit.events));
  }

  #writeChange(writer: ByteWriter, change: StoreChange, atMs: number): void {
    writer.byte(CHANGE_CODES[change.kind]);
    switch (change.kind) {
      case 'instance':
        this.#instances.write(writer, change.record, atMs);
        return;
      case 'instances':
        this.#rows.write(writer, change.rows, atMs);
        return;
      case 'instanceRemoved':
        writer.varint(change.serial);
        return;
      case 'document':
        writer.byte(TABLE_CODES[change.table]);
        writer.text(change.key);
        writer.text(JSON.stringify(change.value));
        return;
      case 'documentRemoved':
        writer.byte(TABLE_CODES[change.table]);
        writer.text(change.key);
    }
  }
}

/** Reads what a `CommitEncoder` wrote, in the same order. */
export class CommitDecoder {
  readonly #names = new TextTableReader();
  readonly #texts = new TextTableReader();
  readonly #instances = new InstanceDecoder(this.#names, this.#texts);
  readonly #rows = new RowsDecoder(this.#names, this.#texts);

  /** Reads the commit that fills `bytes` from `start` to `end`; throws when it does not, `UnknownRecord` where a later version wrote it. */
  read(bytes: Buffer, start: number, end: number): JournalCommit {
    const { epoch, ...commit } = this.#read(new ByteReader(bytes, start, end), 'texts');
    return { commit, epoch };
  }

  /** The same for who wants the changes alone, with container ids as bytes: at half the cost. */
  readPacked(bytes: Buffer, start: number, end: number): PackedCommit {
    return this.#read(new ByteReader(bytes, start, end), 'bytes');
  }

  /** Reads a commit that was read before, whatever came since. */
  readAgain(bytes: Buffer, start: number, end: number): JournalCommit {
    return this.#names.again(() => this.#texts.again(() => this.read(bytes, start, end)));
  }

  #read(reader: ByteReader, ids: 'texts' | 'bytes'): Omit<StoreCommit, 'changes'> & PackedCommit {
    const revision = reader.varint();
    const epoch = reader.varint();
    const atMs = reader.varint();
    const changes: JournalChange[] = [];
    for (let left = reader.varint(); left > 0; left--) changes.push(this.#readChange(reader, atMs, ids));
    // Written by CommitEncoder under a checksum.
    const events = reader.done ? [] : (JSON.parse(reader.text()) as FleetEvent[]);
    requireEnd(reader, 'a commit');
    return { revision, epoch, atMs, changes, events };
  }

  #readChange(reader: ByteReader, atMs: number, ids: 'texts' | 'bytes'): JournalChange {
    const code = reader.byte();
    switch (code) {
      case CHANGE_CODES.instance:
        return { kind: 'instance', record: this.#instances.read(reader, atMs) };
      case CHANGE_CODES.instances:
        if (ids === 'bytes') return { kind: 'instances', ...this.#rows.readPacked(reader, atMs) };
        return { kind: 'instances', rows: this.#rows.read(reader, atMs) };
      case CHANGE_CODES.instanceRemoved:
        return { kind: 'instanceRemoved', serial: reader.varint() };
      case CHANGE_CODES.document:
        return { kind: 'document', table: readTable(reader), key: reader.text(), value: readJson(reader) };
      case CHANGE_CODES.documentRemoved:
        return { kind: 'documentRemoved', table: readTable(reader), key: reader.text() };
      default:
        throw new UnknownRecord(`a change of kind ${String(code)}`);
    }
  }
}

function readJson(reader: ByteReader): object {
  // Written by CommitEncoder under a checksum.
  return JSON.parse(reader.text()) as object;
}

function readTable(reader: ByteReader): DocumentTable {
  const code = reader.byte();
  switch (code) {
    case TABLE_CODES.miner:
      return 'miner';
    case TABLE_CODES.workload:
      return 'workload';
    case TABLE_CODES.host:
      return 'host';
    case TABLE_CODES.setting:
      return 'setting';
    case TABLE_CODES.history:
      return 'history';
    case TABLE_CODES.namespace:
      return 'namespace';
    case TABLE_CODES.token:
      return 'token';
    case TABLE_CODES.credential:
      return 'credential';
    case TABLE_CODES.secret:
      return 'secret';
    case TABLE_CODES.wallet:
      return 'wallet';
    case TABLE_CODES.module:
      return 'module';
    case TABLE_CODES.intent:
      return 'intent';
    case TABLE_CODES.network:
      return 'network';
    case TABLE_CODES.stakePolicy:
      return 'stakePolicy';
    case TABLE_CODES.subnet:
      return 'subnet';
    case TABLE_CODES.reward:
      return 'reward';
    case TABLE_CODES.weightCommit:
      return 'weightCommit';
    case TABLE_CODES.lease:
      return 'lease';
    case TABLE_CODES.verdict:
      return 'verdict';
    case TABLE_CODES.modelRecord:
      return 'modelRecord';
    case TABLE_CODES.machine:
      return 'machine';
    case TABLE_CODES.keyedAnswer:
      return 'keyedAnswer';
    default:
      throw new UnknownRecord(`a record of table ${String(code)}`);
  }
}
