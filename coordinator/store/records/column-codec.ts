import type { InstanceRecord } from '../../../common/model/instance.js';
import type { RowField } from '../../instances/instance-rows.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { HEALTHS, HEALTH_CODES, HEX_ID_DIGITS, STATES, STATE_CODES, nameOf } from './instance-codec.js';
import type { TextReader, TextWriter } from './text-table.js';
import { UnknownRecord } from './unknown-record.js';

/** The tables that columns' texts go through: names that recur, and free texts. */
export interface ColumnTexts<T> {
  readonly names: T;
  readonly texts: T;
}

/** A column to be written. */
export interface ColumnWriting<V> extends ColumnTexts<TextWriter> {
  readonly writer: ByteWriter;
  readonly values: readonly V[];
  readonly atMs: number;
}

/** A column to be read. */
export interface ColumnReading extends ColumnTexts<TextReader> {
  readonly reader: ByteReader;
  readonly count: number;
  readonly atMs: number;
}

interface ColumnCodec<V> {
  readonly write: (column: ColumnWriting<V>) => void;
  readonly read: (column: ColumnReading) => V[];
}

const ABSENT = 0;
const PRESENT = 1;

// How the ids of containers are written: all as Docker makes them, half the size as bytes, or as they are.
const HEX_IDS = 1;
const OTHER_IDS = 0;

const whole: ColumnCodec<number> = {
  write: ({ writer, values }) => {
    for (const value of values) writer.varint(value);
  },
  read: ({ reader, count }) => many(count, () => reader.varint()),
};

/** Distances from the commit, each from the one before: those of one batch lie close together. */
const times: ColumnCodec<number> = {
  write: ({ writer, values, atMs }) => {
    let last = atMs;
    for (const value of values) {
      writer.signed(last - value);
      last = value;
    }
  },
  read: ({ reader, count, atMs }) => {
    let last = atMs;
    return many(count, () => (last -= reader.signed()));
  },
};

const names: ColumnCodec<string> = {
  write: ({ writer, values, names }) => {
    for (const value of values) names.write(writer, value);
  },
  read: ({ reader, count, names }) => many(count, () => names.read(reader)),
};

const CODECS: { readonly [F in RowField]: ColumnCodec<InstanceRecord[F]> } = {
  miner: names,
  reason: names,
  workloadId: whole,
  restarts: whole,
  createdAtMs: times,
  changedAtMs: times,
  startedAtMs: times,
  hostId: {
    write: ({ writer, values, names }) => {
      for (const value of values) {
        writer.byte(value === undefined ? ABSENT : PRESENT);
        if (value !== undefined) names.write(writer, value);
      }
    },
    read: ({ reader, count, names }) => many(count, () => (reader.byte() === ABSENT ? undefined : names.read(reader))),
  },
  text: {
    write: ({ writer, values, texts }) => {
      for (const value of values) texts.write(writer, value);
    },
    read: ({ reader, count, texts }) => many(count, () => texts.read(reader)),
  },
  state: {
    write: ({ writer, values }) => {
      for (const value of values) writer.byte(STATE_CODES[value]);
    },
    read: ({ reader, count }) => many(count, () => nameOf(STATES, reader.byte())),
  },
  health: {
    write: ({ writer, values }) => {
      for (const value of values) writer.byte(HEALTH_CODES[value]);
    },
    read: ({ reader, count }) => many(count, () => nameOf(HEALTHS, reader.byte())),
  },
  exitCode: {
    write: ({ writer, values }) => {
      for (const value of values) {
        writer.byte(value === undefined ? ABSENT : PRESENT);
        if (value !== undefined) writer.signed(value);
      }
    },
    read: ({ reader, count }) => many(count, () => (reader.byte() === ABSENT ? undefined : reader.signed())),
  },
  hostPorts: {
    write: ({ writer, values }) => {
      for (const ports of values) {
        writer.varint(ports.length);
        for (const port of ports) writer.varint(port);
      }
    },
    read: ({ reader, count }) => many(count, () => manyOrNone(reader.varint(), () => reader.varint())),
  },
  gpuIds: {
    write: ({ writer, values, names }) => {
      for (const ids of values) {
        writer.varint(ids.length);
        for (const id of ids) names.write(writer, id);
      }
    },
    read: ({ reader, count, names }) => many(count, () => manyOrNone(reader.varint(), () => names.read(reader))),
  },
  containerId: {
    write: ({ writer, values }) => {
      const start = writer.length;
      writer.byte(HEX_IDS);
      if (values.every((id) => writer.hex(id, HEX_ID_DIGITS))) return;
      writer.cutTo(start);
      writer.byte(OTHER_IDS);
      for (const id of values) writer.text(id);
    },
    read: ({ reader, count }) => {
      const form = reader.byte();
      if (form === OTHER_IDS) return many(count, () => reader.text());
      if (form !== HEX_IDS) throw new UnknownRecord(`ids of containers in form ${String(form)}`);
      // One by one: parts of one text would keep all of it in memory.
      return many(count, () => reader.hex(HEX_ID_DIGITS));
    },
  },
};

/** Reads a column of container ids as the bytes that they stand for; reads nothing, and answers undefined, if it has others. */
export function readHexIds(reader: ByteReader, count: number): Uint8Array | undefined {
  if (reader.peek() !== HEX_IDS) return undefined;
  reader.byte();
  return reader.bytes((count * HEX_ID_DIGITS) / 2);
}

/** Writes the values of one field. */
export function writeColumn<F extends RowField>(field: F, column: ColumnWriting<InstanceRecord[F]>): void {
  CODECS[field].write(column);
}

/** Reads the values of one field; throws RangeError when the bytes are none. */
export function readColumn<F extends RowField>(field: F, column: ColumnReading): InstanceRecord[F][] {
  return CODECS[field].read(column);
}

function many<T>(count: number, readOne: () => T): T[] {
  const values: T[] = [];
  for (let at = 0; at < count; at++) values.push(readOne());
  return values;
}

// One empty list for all that have none: a million of them would cost 16 MB.
const NONE: readonly never[] = Object.freeze([]);

function manyOrNone<T>(count: number, readOne: () => T): readonly T[] {
  return count === 0 ? NONE : many(count, readOne);
}
