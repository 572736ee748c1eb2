import type { InstanceRecord } from '../../../common/model/instance.js';
import { ALIKE, ROW_FIELDS } from '../../instances/instance-rows.js';
import type { InstanceRows, RowColumns, RowField } from '../../instances/instance-rows.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readColumn, readHexIds, writeColumn } from './column-codec.js';
import type { ColumnTexts } from './column-codec.js';
import { InstanceDecoder, InstanceEncoder } from './instance-codec.js';
import type { TextReader, TextWriter } from './text-table.js';
import { UnknownRecord } from './unknown-record.js';

/*
 * A batch of rows: the first row as an instance | runs of consecutive serials (count, then first serial as a distance and
 * length each) | which fields have a column, a bit each | the columns. The batch's time is that of its commit.
 */

/** Writes batches of instances in their binary form. */
export class RowsEncoder {
  readonly #like: InstanceEncoder;
  readonly #texts: ColumnTexts<TextWriter>;

  constructor(names: TextWriter, texts: TextWriter) {
    this.#like = new InstanceEncoder(names, texts);
    this.#texts = { names, texts };
  }

  /** Times are written as distances from `atMs`. Throws RangeError for a number that is not whole. */
  write(writer: ByteWriter, { like, serials, columns }: InstanceRows, atMs: number): void {
    this.#like.write(writer, like, atMs);
    writeSerials(writer, serials);
    writer.varint(maskOf(columns));
    for (const field of ROW_FIELDS) this.#writeColumn(writer, field, columns[field], atMs);
  }

  #writeColumn<F extends RowField>(
    writer: ByteWriter,
    field: F,
    values: readonly InstanceRecord[F][] | undefined,
    atMs: number,
  ): void {
    if (values !== undefined) writeColumn(field, { writer, values, atMs, ...this.#texts });
  }
}

/** Rows with their container ids as bytes, 32 each; undefined where the rows have them. */
export interface PackedRows {
  readonly rows: InstanceRows;
  readonly hexIds: Uint8Array | undefined;
}

/** Reads what a `RowsEncoder` wrote, given the readers of its tables. */
export class RowsDecoder {
  readonly #like: InstanceDecoder;
  readonly #texts: ColumnTexts<TextReader>;

  constructor(names: TextReader, texts: TextReader) {
    this.#like = new InstanceDecoder(names, texts);
    this.#texts = { names, texts };
  }

  /** Throws RangeError when the bytes are no rows, `UnknownRecord` when a later version wrote them. */
  read(reader: ByteReader, atMs: number): InstanceRows {
    return this.#read(reader, atMs, () => undefined).rows;
  }

  /** The same for who keeps ids as bytes. */
  readPacked(reader: ByteReader, atMs: number): PackedRows {
    return this.#read(reader, atMs, readHexIds);
  }

  #read(reader: ByteReader, atMs: number, hexIdsOf: typeof readHexIds): PackedRows {
    const like = this.#like.read(reader, atMs);
    const serials = readSerials(reader);
    const mask = reader.varint();
    if (mask >= 1 << ROW_FIELDS.length) throw new UnknownRecord(`columns ${mask.toString(2)} of instances`);
    let hexIds: Uint8Array | undefined;
    const columns: { -readonly [F in RowField]: RowColumns[F] } = { ...ALIKE };
    ROW_FIELDS.forEach((field, bit) => {
      if ((mask & (1 << bit)) === 0) return;
      if (field === 'containerId') {
        hexIds = hexIdsOf(reader, serials.length);
        if (hexIds !== undefined) return;
      }
      // `readColumn` answers values of the field that it is given.
      columns[field] = readColumn(field, { reader, count: serials.length, atMs, ...this.#texts }) as never;
    });
    return { rows: { like, serials, columns }, hexIds };
  }
}

function maskOf(columns: RowColumns): number {
  let mask = 0;
  ROW_FIELDS.forEach((field, bit) => {
    if (columns[field] !== undefined) mask |= 1 << bit;
  });
  return mask;
}

function writeSerials(writer: ByteWriter, serials: readonly number[]): void {
  const runs = runsOf(serials);
  writer.varint(runs.length / 2);
  let end = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [first = 0, length = 0] = [runs[at], runs[at + 1]];
    writer.signed(first - end);
    writer.varint(length);
    end = first + length;
  }
}

/** First serial and length of each run, one behind the other. */
function runsOf(serials: readonly number[]): number[] {
  const runs: number[] = [];
  let next = -1;
  for (const serial of serials) {
    if (serial === next) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    else runs.push(serial, 1);
    next = serial + 1;
  }
  return runs;
}

function readSerials(reader: ByteReader): number[] {
  const serials: number[] = [];
  let end = 0;
  for (let left = reader.varint(); left > 0; left--) {
    const first = end + reader.signed();
    end = first + reader.varint();
    for (let serial = first; serial < end; serial++) serials.push(serial);
  }
  return serials;
}
