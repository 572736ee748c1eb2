import { sha256 } from '../../../../common/challenge/digest.js';
import { encodeBlockProof, readBlockProof } from './block-proof.js';
import type { BlockProof } from './block-proof.js';
import { ByteReader } from './byte-reader.js';
import { i32, i64 } from './integers.js';
import { rootOf } from './merkle.js';
import { decodeTransaction, encodeTransaction, transactionHash } from './transaction.js';
import type { Transaction } from './transaction.js';

/** What a block says of itself. */
export interface BlockHeader {
  readonly version: number;
  readonly parentHash: Buffer;
  readonly height: bigint;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  readonly difficulty: bigint;
  readonly epoch: bigint;
  readonly challenge: Buffer;
  readonly plotRoot: Buffer;
  readonly proofScore: Buffer;
  readonly transactionRoot: Buffer;
  /** Compressed secp256k1 key of 33 bytes. */
  readonly minerId: Buffer;
  /** 64 bytes. */
  readonly signature: Buffer;
}

/** A header with what it is about. */
export interface Block {
  readonly header: BlockHeader;
  readonly transactions: readonly Transaction[];
  readonly proof: BlockProof;
}

/** What is signed of a header. */
export function encodeUnsignedHeader(header: Omit<BlockHeader, 'signature'>): Buffer {
  return Buffer.concat([
    Buffer.from([header.version]),
    header.parentHash,
    ...[header.height, header.timestamp, header.difficulty, header.epoch].map(i64),
    header.challenge,
    header.plotRoot,
    header.proofScore,
    header.transactionRoot,
    header.minerId,
  ]);
}

/** What a block is named by and what its signature is over. */
export function blockHash(header: Omit<BlockHeader, 'signature'>): Buffer {
  return sha256(encodeUnsignedHeader(header));
}

/** The 290 bytes of a header. */
export function encodeBlockHeader(header: BlockHeader): Buffer {
  return Buffer.concat([encodeUnsignedHeader(header), header.signature]);
}

/** Reads a header; what follows it is ignored. Throws `HeadframeError` (data_loss, 'block_malformed'). */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
  return readHeader(new ByteReader(bytes, 'block_malformed'));
}

/** A whole block as it is sent. */
export function encodeBlock({ header, transactions, proof }: Block): Buffer {
  const bodies = transactions.map(encodeTransaction).flatMap((bytes) => [i32(bytes.length), bytes]);
  return Buffer.concat([encodeBlockHeader(header), i32(transactions.length), ...bodies, encodeBlockProof(proof)]);
}

/** Reads a whole block; what follows its proof is ignored. Throws `HeadframeError` (data_loss, 'block_malformed'). */
export function decodeBlock(bytes: Uint8Array): Block {
  const reader = new ByteReader(bytes, 'block_malformed');
  const header = readHeader(reader);
  // Each takes four bytes at least, so that a number alone makes nobody reserve memory.
  const count = reader.i32Within(0, Math.floor(reader.left / 4), 'transactions');
  const transactions = Array.from({ length: count }, () => readTransaction(reader));
  return { header, transactions, proof: readBlockProof(reader) };
}

/** The root over the transactions of a block; 32 zero bytes where there are none. */
export function transactionRoot(transactions: readonly Transaction[]): Buffer {
  return rootOf(transactions.map(transactionHash));
}

function readHeader(reader: ByteReader): BlockHeader {
  return {
    version: reader.u8(),
    parentHash: reader.take(32),
    height: reader.i64From(0n, 'height'),
    timestamp: reader.i64From(0n, 'timestamp'),
    difficulty: reader.i64From(0n, 'difficulty'),
    epoch: reader.i64From(0n, 'epoch'),
    challenge: reader.take(32),
    plotRoot: reader.take(32),
    proofScore: reader.take(32),
    transactionRoot: reader.take(32),
    minerId: reader.take(33),
    signature: reader.take(64),
  };
}

function readTransaction(reader: ByteReader): Transaction {
  const length = reader.i32Within(0, reader.left, 'transaction_bytes');
  const offset = reader.offset;
  const bytes = reader.take(length);
  try {
    return decodeTransaction(bytes);
  } catch {
    // Offsets count from the start of the block, not of the transaction.
    throw reader.fault('transaction', `a transaction of ${String(length)} bytes is not one of 155`, offset);
  }
}
