import { crc32 } from 'node:zlib';
import { ByteReader } from '../records/byte-reader.js';
import { ByteWriter } from '../records/byte-writer.js';
import { readFrame, writeFrame } from '../records/frame.js';
import { UnknownRecord, requireEnd } from '../records/unknown-record.js';

/*
 * A snapshot is a row of chunks, then its closing: each message is one frame, a chunk's payload its bytes. The closing's:
 * format version | journal sequence | revision | epoch | instances | bytes of instances | bytes in all | crc32 of all bytes |
 * chunks | the place of each in the stream, as a distance from the one before. Numbers are varints. The bytes are those of the
 * embedded store's files of a snapshot, that of the instances first.
 */

/** Version of this form, and the latest that is read. */
export const SNAPSHOT_FORMAT = 1;

/** What the last message of a snapshot says of it. */
export interface SnapshotClosing {
  readonly format: number;
  /** The journal's segment that goes on after the snapshot, by its sequence. */
  readonly sequence: number;
  readonly revision: number;
  readonly epoch: number;
  readonly instanceCount: number;
  readonly instanceBytes: number;
  readonly totalBytes: number;
  readonly crc: number;
  /** Where the chunks stand in the stream, in order. */
  readonly chunks: readonly number[];
}

/** A chunk's message. */
export function encodeChunk(bytes: Uint8Array): Buffer {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    writer.raw(bytes);
  });
  return writer.view();
}

/** What a chunk's message carries; throws RangeError when it is none. */
export function decodeChunk(message: Buffer): Buffer {
  const frame = readFrame(message, 0);
  if (frame === undefined || frame.end !== message.length) throw new RangeError('its checksum does not match');
  return message.subarray(frame.start, frame.end);
}

/** The closing's message. */
export function encodeClosing(closing: SnapshotClosing): Buffer {
  const writer = new ByteWriter();
  writeFrame(writer, 0, () => {
    const { format, sequence, revision, epoch, instanceCount, instanceBytes, totalBytes, crc, chunks } = closing;
    for (const value of [format, sequence, revision, epoch, instanceCount, instanceBytes, totalBytes, crc])
      writer.varint(value);
    writer.varint(chunks.length);
    for (const [index, place] of chunks.entries()) writer.varint(place - (chunks[index - 1] ?? 0));
  });
  return writer.view();
}

/** Reads a closing; throws RangeError when it is none, `UnknownRecord` when a later version wrote it. */
export function decodeClosing(message: Buffer): SnapshotClosing {
  const payload = decodeChunk(message);
  const reader = new ByteReader(payload, 0, payload.length);
  const next = (): number => reader.varint();
  const format = next();
  // What follows may be of any form.
  if (format > SNAPSHOT_FORMAT) throw new UnknownRecord(`a snapshot of format ${String(format)}`);
  const [sequence, revision, epoch] = [next(), next(), next()];
  const [instanceCount, instanceBytes, totalBytes, crc] = [next(), next(), next(), next()];
  const chunks: number[] = [];
  for (let left = next(); left > 0; left -= 1) chunks.push((chunks.at(-1) ?? 0) + next());
  requireEnd(reader, 'the closing of a snapshot');
  return { format, sequence, revision, epoch, instanceCount, instanceBytes, totalBytes, crc, chunks };
}

/** Pieces joined and cut into chunks of one size, the last as it comes; each is made as it is drawn. */
export function* chunksOf(pieces: Iterable<Uint8Array>, chunkBytes: number): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const taken = Math.min(piece.length - at, chunkBytes - filled);
      chunk.set(piece.subarray(at, at + taken), filled);
      [at, filled] = [at + taken, filled + taken];
      if (filled < chunkBytes) continue;
      yield chunk;
      [chunk, filled] = [Buffer.allocUnsafe(chunkBytes), 0];
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** Counts and sums the bytes that pass. */
export class ByteSum {
  bytes = 0;
  crc = 0;

  *over(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const piece of pieces) {
      this.add(piece);
      yield piece;
    }
  }

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.crc = crc32(piece, this.crc);
  }
}
