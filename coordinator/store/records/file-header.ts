import { crc32 } from 'node:zlib';
import { damageError, newerFormatError } from './damage.js';

/*
 * First 64 bytes of every binary file, of this shape in every version: magic (8 bytes) | format version (2) | zero (2) |
 * sequence (4) | revision (8, float) | epoch (8, float) | zeros | crc32 of the first 60 (4). Little-endian.
 */
/** Bytes before the first frame. */
export const FILE_HEADER_BYTES = 64;
const CRC_AT = 60;

/** Version of the binary form that this program writes, and the latest it reads; 1 knew no batches of rows. */
export const FORMAT_VERSION = 2;

const MAGICS = { journal: 'HFJOURNL', instances: 'HFINSTNC' } as const;

/** What a binary file says of itself. */
export interface FileHeader {
  readonly kind: keyof typeof MAGICS;
  /** Version of the binary form of what follows. */
  readonly version: number;
  /** Number of the journal segment; for instances, of the segment that follows the snapshot. */
  readonly sequence: number;
  /** Revision before the first commit of a segment; revision of a snapshot. */
  readonly revision: number;
  readonly epoch: number;
}

/** The header's bytes, in this program's format unless told another. */
export function encodeHeader(header: Omit<FileHeader, 'version'>, version = FORMAT_VERSION): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  bytes.write(MAGICS[header.kind], 0, 'latin1');
  bytes.writeUInt16LE(version, 8);
  bytes.writeUInt32LE(header.sequence, 12);
  bytes.writeDoubleLE(header.revision, 16);
  bytes.writeDoubleLE(header.epoch, 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/** Reads a header; throws `HeadframeError` data_loss when it is damaged, failed_precondition when it is newer. */
export function decodeHeader(file: string, bytes: Buffer, kind: FileHeader['kind']): FileHeader {
  const whole = bytes.length >= FILE_HEADER_BYTES && bytes.toString('latin1', 0, 8) === MAGICS[kind];
  if (!whole || crc32(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) {
    throw damageError(file, 0, 'the header is damaged');
  }
  const version = bytes.readUInt16LE(8);
  if (version > FORMAT_VERSION) throw newerFormatError(file, version, FORMAT_VERSION);
  return {
    kind,
    version,
    sequence: bytes.readUInt32LE(12),
    revision: bytes.readDoubleLE(16),
    epoch: bytes.readDoubleLE(24),
  };
}
