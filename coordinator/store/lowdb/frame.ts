import { crc32 } from 'node:zlib';
import type { ByteWriter } from './byte-writer.js';

/*
 * A frame: marker (4 bytes) | crc32 of all that follows (4) | payload length (4) | batch (4) | payload.
 * Numbers are little-endian. `batch` is the offset at which the write that carried the frame began: all before it was
 * on stable storage by then. That tells a torn tail, which a crash may leave, from damage to what was acknowledged.
 */
const MARKER = Buffer.from('HFc\x01', 'latin1');
const MARKER_VALUE = MARKER.readUInt32LE(0);
/** Bytes of a frame before its payload. */
export const FRAME_HEADER_BYTES = 16;

/** Appends one frame whose payload `fill` writes; returns the frame's offset in the writer. */
export function writeFrame(writer: ByteWriter, batch: number, fill: () => void): number {
  const start = writer.skip(FRAME_HEADER_BYTES);
  fill();
  writer.setUint32(start, MARKER_VALUE);
  writer.setUint32(start + 8, writer.length - start - FRAME_HEADER_BYTES);
  writer.setUint32(start + 12, batch);
  writer.setUint32(start + 4, crc32(writer.view().subarray(start + 8)));
  return start;
}

/** A frame found whole: offsets of its payload, and its batch. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  readonly batch: number;
}

/** The whole frame at `offset`; undefined when there is none. */
export function readFrame(bytes: Buffer, offset: number): Frame | undefined {
  const start = offset + FRAME_HEADER_BYTES;
  if (start > bytes.length || bytes.readUInt32LE(offset) !== MARKER_VALUE) return undefined;
  const end = start + bytes.readUInt32LE(offset + 8);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(offset + 8, end)) !== bytes.readUInt32LE(offset + 4)) return undefined;
  return { start, end, batch: bytes.readUInt32LE(offset + 12) };
}

/** Whether a whole frame after `offset` was written when the bytes at `offset` were already on stable storage. */
export function provenDurable(bytes: Buffer, offset: number): boolean {
  for (let at = bytes.indexOf(MARKER, offset + 1); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    const frame = readFrame(bytes, at);
    if (frame !== undefined && frame.batch > offset) return true;
  }
  return false;
}
