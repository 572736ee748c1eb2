import { sha256 } from '../../../../common/challenge/digest.js';
import { ByteReader } from './byte-reader.js';
import { i32, i64 } from './integers.js';
import { LEAF_BYTES, treeHeight } from './leaf.js';

/** Bytes before the first leaf. */
export const PLOT_HEADER_BYTES = 121;
const PLOT_VERSION = 1;

const MAGIC = Buffer.from('SPTP');
const CHECKED_BYTES = PLOT_HEADER_BYTES - 32;

/** What stands before the leaves of a plot. */
export interface PlotHeader {
  /** 32 bytes; also what proofs name the plot by. */
  readonly plotSeed: Buffer;
  /** 1 or more. */
  readonly leafCount: number;
  /** Bytes of a leaf: 32 in every plot that proofs can be made of. */
  readonly leafSize: number;
  /** As it stands in the file, where nobody checks it. */
  readonly treeHeight: bigint;
  /** As it stands in the file; only reading all leaves tells whether it is right. */
  readonly merkleRoot: Buffer;
  /** Of all 121 bytes. */
  readonly headerHash: Buffer;
}

/** The 121 bytes of a header. */
export function encodePlotHeader(plot: Pick<PlotHeader, 'plotSeed' | 'leafCount' | 'merkleRoot'>): Buffer {
  const checked = Buffer.concat([
    MAGIC,
    Buffer.from([PLOT_VERSION]),
    plot.plotSeed,
    i64(plot.leafCount),
    i32(LEAF_BYTES),
    i64(treeHeight(plot.leafCount)),
    plot.merkleRoot,
  ]);
  return Buffer.concat([checked, sha256(checked)]);
}

/** Bytes of the file of a plot. */
export function plotFileBytes(plot: Pick<PlotHeader, 'leafCount'>, leafSize = LEAF_BYTES): number {
  return PLOT_HEADER_BYTES + plot.leafCount * leafSize;
}

/**
 * Reads the header of a plot file of `fileBytes` bytes, in the order in which the reference checks. Throws `HeadframeError` (data_loss,
 * 'plot_damaged') whose `metadata.fault` is short, magic, version, leaf_count, leaf_size, checksum or truncated.
 */
export function decodePlotHeader(head: Uint8Array, fileBytes: number): PlotHeader {
  const reader = new ByteReader(head.subarray(0, PLOT_HEADER_BYTES), 'plot_damaged');
  if (reader.left < PLOT_HEADER_BYTES) throw shortHeader(reader);
  if (!reader.take(MAGIC.length).equals(MAGIC)) {
    throw reader.fault('magic', 'a plot begins with the letters SPTP; one that was never finished does not', 0);
  }
  const version = reader.u8();
  if (version !== PLOT_VERSION) throw reader.fault('version', `the version is ${String(version)}, not 1`, 4);
  const plotSeed = reader.take(32);
  const leafCount = reader.i64From(1n, 'leaf_count');
  const leafSize = reader.i32Within(1, 2 ** 31 - 1, 'leaf_size');
  const height = reader.i64();
  const merkleRoot = reader.take(32);
  const checksum = reader.take(32);
  if (!checksum.equals(sha256(head.subarray(0, CHECKED_BYTES)))) {
    throw reader.fault('checksum', 'the checksum is not that of the header', CHECKED_BYTES);
  }
  const wanted = BigInt(PLOT_HEADER_BYTES) + leafCount * BigInt(leafSize);
  if (BigInt(fileBytes) < wanted) {
    const text = `the file has ${String(fileBytes)} bytes and its header promises ${String(wanted)}`;
    throw reader.fault('truncated', text, fileBytes);
  }
  const headerHash = sha256(head.subarray(0, PLOT_HEADER_BYTES));
  return { plotSeed, leafCount: Number(leafCount), leafSize, treeHeight: height, merkleRoot, headerHash };
}

function shortHeader(reader: ByteReader): Error {
  return reader.fault('short', `a plot has a header of 121 bytes, and here are ${String(reader.left)}`, reader.left);
}
