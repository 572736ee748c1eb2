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
const FRAME_HEADER_BYTES = 16;

/** Fills in the header of the frame that `bytes` is, its payload being there already. */
function sealFrame(bytes: Buffer, batch: number): void {
  bytes.writeUInt32LE(MARKER_VALUE, 0);
  bytes.writeUInt32LE(bytes.length - FRAME_HEADER_BYTES, 8);
  bytes.writeUInt32LE(batch, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
}

/** Appends one frame whose payload `fill` writes. */
export function writeFrame(writer: ByteWriter, batch: number, fill: () => void): void {
  const start = writer.skip(FRAME_HEADER_BYTES);
  fill();
  sealFrame(writer.view(start), batch);
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
