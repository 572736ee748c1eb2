import type { Health, InstanceRecord, InstanceState } from '../../../common/model/instance.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { TextReader, TextWriter } from './text-table.js';
import { UnknownRecord } from './unknown-record.js';

// Codes on disk: never change one, never use one again.
/** Codes of states on disk. */
export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  assigned: 1,
  preparing: 2,
  starting: 3,
  running: 4,
  stopping: 5,
  stopped: 6,
  failed: 7,
  lost: 8,
};
/** Codes of health on disk. */
export const HEALTH_CODES: Readonly<Record<Health, number>> = { none: 0, checking: 1, healthy: 2, unhealthy: 3 };
const HEALTH_SPAN = 8;

// Which of the fields that are mostly absent follow.
const HAS_HOST = 1;
const HAS_EXIT_CODE = 2;
const HAS_PORTS = 4;
const HAS_GPUS = 8;
const HAS_CONTAINER = 16;
const HAS_STARTED = 32;
const HAS_TEXT = 64;
/** Container ids of Docker are 64 hexadecimal digits, half the size as bytes. */
const HAS_HEX_CONTAINER = 128;
/** Digits of such an id. */
export const HEX_ID_DIGITS = 64;

/** Writes instances in their binary form; recurring names and free texts go through a table of their own each. */
export class InstanceEncoder {
  readonly #names: TextWriter;
  readonly #texts: TextWriter;

  constructor(names: TextWriter, texts: TextWriter) {
    this.#names = names;
    this.#texts = texts;
  }

  /** Times are written as distances from `atMs`. Throws RangeError for a number that is not whole. */
  write(writer: ByteWriter, record: InstanceRecord, atMs: number): void {
    writer.varint(record.serial);
    writer.byte(STATE_CODES[record.state] * HEALTH_SPAN + HEALTH_CODES[record.health]);
    const presenceAt = writer.skip(1);
    this.#names.write(writer, record.miner);
    writer.varint(record.workloadId);
    this.#names.write(writer, record.reason);
    writer.varint(record.restarts);
    writer.signed(atMs - record.createdAtMs);
    writer.signed(atMs - record.changedAtMs);
    const isHex = writer.hex(record.containerId, HEX_ID_DIGITS);
    if (!isHex && record.containerId !== '') writer.text(record.containerId);
    writer.setByte(presenceAt, presenceOf(record, isHex));
    this.#writePresent(writer, record, atMs);
  }

  #writePresent(writer: ByteWriter, record: InstanceRecord, atMs: number): void {
    if (record.hostId !== undefined) this.#names.write(writer, record.hostId);
    if (record.text !== '') this.#texts.write(writer, record.text);
    if (record.exitCode !== undefined) writer.signed(record.exitCode);
    if (record.startedAtMs !== 0) writer.signed(atMs - record.startedAtMs);
    if (record.hostPorts.length > 0) {
      writer.varint(record.hostPorts.length);
      for (const port of record.hostPorts) writer.varint(port);
    }
    if (record.gpuIds.length > 0) {
      writer.varint(record.gpuIds.length);
      for (const id of record.gpuIds) this.#names.write(writer, id);
    }
  }
}

function presenceOf(record: InstanceRecord, isHex: boolean): number {
  return (
    (record.hostId === undefined ? 0 : HAS_HOST) |
    (record.exitCode === undefined ? 0 : HAS_EXIT_CODE) |
    (record.hostPorts.length === 0 ? 0 : HAS_PORTS) |
    (record.gpuIds.length === 0 ? 0 : HAS_GPUS) |
    (record.containerId === '' ? 0 : isHex ? HAS_HEX_CONTAINER : HAS_CONTAINER) |
    (record.startedAtMs === 0 ? 0 : HAS_STARTED) |
    (record.text === '' ? 0 : HAS_TEXT)
  );
}

/** States by their codes. */
export const STATES = namesByCode(STATE_CODES);
/** Health by its codes. */
export const HEALTHS = namesByCode(HEALTH_CODES);

/** Reads what an `InstanceEncoder` wrote, given the readers of its tables. */
export class InstanceDecoder {
  readonly #names: TextReader;
  readonly #texts: TextReader;

  constructor(names: TextReader, texts: TextReader) {
    this.#names = names;
    this.#texts = texts;
  }

  /** Throws RangeError when the bytes are not an instance, `UnknownRecord` when a later version wrote them. */
  read(reader: ByteReader, atMs: number): InstanceRecord {
    const serial = reader.varint();
    const condition = reader.byte();
    const presence = reader.byte();
    const miner = this.#names.read(reader);
    const workloadId = reader.varint();
    const reason = this.#names.read(reader);
    const restarts = reader.varint();
    const createdAtMs = atMs - reader.signed();
    const changedAtMs = atMs - reader.signed();
    const containerId =
      presence & HAS_HEX_CONTAINER ? reader.hex(HEX_ID_DIGITS) : presence & HAS_CONTAINER ? reader.text() : '';
    const hostId = presence & HAS_HOST ? this.#names.read(reader) : undefined;
    const text = presence & HAS_TEXT ? this.#texts.read(reader) : '';
    const exitCode = presence & HAS_EXIT_CODE ? reader.signed() : undefined;
    const startedAtMs = presence & HAS_STARTED ? atMs - reader.signed() : 0;
    const hostPorts = presence & HAS_PORTS ? readMany(reader, () => reader.varint()) : NONE;
    const gpuIds = presence & HAS_GPUS ? readMany(reader, () => this.#names.read(reader)) : NONE;
    const state = nameOf(STATES, Math.floor(condition / HEALTH_SPAN));
    const health = nameOf(HEALTHS, condition % HEALTH_SPAN);
    return {
      serial,
      miner,
      workloadId,
      hostId,
      state,
      health,
      reason,
      text,
      restarts,
      exitCode,
      hostPorts,
      gpuIds,
      containerId,
      createdAtMs,
      changedAtMs,
      startedAtMs,
    };
  }
}

// One empty list for all that have none: a million of them would cost 16 MB.
const NONE: readonly never[] = Object.freeze([]);

function readMany<T>(reader: ByteReader, readOne: () => T): T[] {
  const many: T[] = [];
  for (let left = reader.varint(); left > 0; left--) many.push(readOne());
  return many;
}

function namesByCode<T extends string>(codes: Readonly<Record<T, number>>): readonly T[] {
  const names: T[] = [];
  // Object.entries widens the key; the record's keys are T.
  for (const [name, code] of Object.entries<number>(codes)) names[code] = name as T;
  return names;
}

/** Throws `UnknownRecord` for a code that stands for nothing. */
export function nameOf<T>(names: readonly T[], code: number): T {
  const name = names[code];
  if (name === undefined) throw new UnknownRecord(`a state or health of code ${String(code)}`);
  return name;
}
