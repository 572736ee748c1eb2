import { crc32 } from 'node:zlib';
import { decodeMark, encodeMark } from '../move/index.js';
import type { MoveMark } from '../move/index.js';
import { ByteReader } from '../records/byte-reader.js';
import { ByteWriter } from '../records/byte-writer.js';
import { UnknownRecord, requireEnd } from '../records/unknown-record.js';
import { readFrame, writeFrame } from '../records/frame.js';

/*
 * A message of the journal is one frame. Its payload: kind (a byte), then for
 * - a segment: format version | epoch | revision before its first commit | who began it, a text
 * - a part of a group of commits: epoch | tag of who began it | number of the group | number of the part from 0 | parts of the group | bytes
 * - a part without a tag: the same without it
 * - a note of a move of the store: epoch | what is noted (a byte) | the move's mark, a text
 * Numbers are varints. A segment begins so in every form, for by it a version knows that it is too old; more may follow in a later
 * one. The bytes of all parts of a group are frames of commits. A segment begins the table of texts anew.
 */

/**
 * Version of what a journal holds, records included, and the latest that is read. To be raised with whatever the version before
 * would misread, or would lose when it writes the record anew: its coordinators then lead no more once this one has led. What it
 * would know as unknown needs no other number: ARCHITECTURE.md has the rule.
 */
export const LOG_FORMAT = 1;

// Codes on the wire: never change one, never use one again.
const SEGMENT = 1;
const UNTAGGED_PART = 2;
const PART = 3;
const MOVE = 4;
const NOTES = ['arriving', 'arrived', 'moved'] as const;

/** Where commits go on that need nothing of what stands before; also how an epoch begins. */
export interface LogSegment {
  readonly kind: 'segment';
  readonly format: number;
  readonly epoch: number;
  /** Revision before the segment's first commit. */
  readonly revision: number;
  /** Unlike any other's, so that two who begin the same epoch are told apart. */
  readonly writer: string;
}

/** A part of commits that become durable together. */
export interface LogPart {
  readonly kind: 'part';
  readonly epoch: number;
  /** `writerTag` of who began the epoch; undefined where nobody wrote it down. */
  readonly writer?: number | undefined;
  /** Ascending within an epoch. */
  readonly group: number;
  readonly index: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** That what follows comes from another store, that all of it is there, or that the fleet goes on in another store. */
export interface LogMove {
  readonly kind: 'move';
  readonly epoch: number;
  readonly note: (typeof NOTES)[number];
  readonly mark: MoveMark;
}

/** What a message of the journal says. */
export type LogMessage = LogSegment | LogPart | LogMove;

/** Bytes that a part's message has beside what it carries, at most. */
export const PART_OVERHEAD_BYTES = 64;

/** A message's bytes. */
export function encodeLogMessage(message: LogMessage): Buffer {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    if (message.kind === 'segment') {
      writer.byte(SEGMENT);
      writer.varint(message.format);
      writer.varint(message.epoch);
      writer.varint(message.revision);
      writer.text(message.writer);
      return;
    }
    if (message.kind === 'move') {
      writer.byte(MOVE);
      writer.varint(message.epoch);
      writer.byte(NOTES.indexOf(message.note));
      writer.text(encodeMark(message.mark));
      return;
    }
    writer.byte(message.writer === undefined ? UNTAGGED_PART : PART);
    writer.varint(message.epoch);
    if (message.writer !== undefined) writer.varint(message.writer);
    writer.varint(message.group);
    writer.varint(message.index);
    writer.varint(message.count);
    writer.raw(message.bytes);
  });
  return writer.view();
}

/** Reads a message; throws RangeError when the bytes are none, `UnknownRecord` when a later version wrote them. */
export function decodeLogMessage(bytes: Buffer): LogMessage {
  const frame = readFrame(bytes, 0);
  if (frame === undefined || frame.end !== bytes.length) throw new RangeError('its checksum does not match');
  const reader = new ByteReader(bytes, frame.start, frame.end);
  const kind = reader.byte();
  if (kind === SEGMENT) {
    const [format, epoch, revision] = [reader.varint(), reader.varint(), reader.varint()];
    const segment = { kind: 'segment', format, epoch, revision, writer: reader.text() } as const;
    if (format <= LOG_FORMAT) requireEnd(reader, 'the beginning of an epoch');
    return segment;
  }
  if (kind === MOVE) return decodeMove(reader);
  if (kind !== PART && kind !== UNTAGGED_PART) throw new UnknownRecord(`a message of kind ${String(kind)}`);
  const epoch = reader.varint();
  const writer = kind === PART ? reader.varint() : undefined;
  const [group, index, count] = [reader.varint(), reader.varint(), reader.varint()];
  if (index >= count) throw new RangeError(`part ${String(index)} of ${String(count)}`);
  return { kind: 'part', epoch, writer, group, index, count, bytes: reader.bytes(frame.end - reader.at) };
}

function decodeMove(reader: ByteReader): LogMove {
  const [epoch, code] = [reader.varint(), reader.byte()];
  const note = NOTES[code];
  if (note === undefined) throw new UnknownRecord(`a note ${String(code)} of a move`);
  const move = { kind: 'move', epoch, note, mark: decodeMark(reader.text()) } as const;
  requireEnd(reader, 'a note of a move');
  return move;
}

/** The messages of a group of commits, given their frames; each but the last carries `partBytes`. */
export function partsOf(
  frames: Uint8Array,
  partBytes: number,
  of: Pick<LogPart, 'epoch' | 'writer' | 'group'>,
): Buffer[] {
  const count = Math.max(1, Math.ceil(frames.length / partBytes));
  return Array.from({ length: count }, (_, index) => {
    const bytes = frames.subarray(index * partBytes, (index + 1) * partBytes);
    return encodeLogMessage({ kind: 'part', ...of, index, count, bytes });
  });
}

/** Tells who began an epoch from others who began one of the same number, of which all but one were lost with what they wrote. */
export function writerTag(writer: string): number {
  return crc32(writer);
}

/** The tag of who wrote a message; undefined where it has none. */
export function tagOf(message: LogMessage): number | undefined {
  if (message.kind === 'move') return undefined;
  return message.kind === 'segment' ? writerTag(message.writer) : message.writer;
}
