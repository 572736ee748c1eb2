import { sha256 } from '../../../../common/challenge/digest.js';
import { ByteReader } from './byte-reader.js';
import { i64 } from './integers.js';

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 33;

/** A payment. */
export interface Transaction {
  readonly version: number;
  /** Compressed key of 33 bytes; all zero in the first block. */
  readonly sender: Buffer;
  readonly recipient: Buffer;
  readonly amount: bigint;
  readonly nonce: bigint;
  readonly fee: bigint;
  readonly signature: Buffer;
}

/** What is signed of a transaction. */
export function encodeUnsignedTransaction(transaction: Omit<Transaction, 'signature'>): Buffer {
  const { version, sender, recipient, amount, nonce, fee } = transaction;
  return Buffer.concat([Buffer.from([version]), sender, recipient, i64(amount), i64(nonce), i64(fee)]);
}

/** The 155 bytes of a transaction. */
export function encodeTransaction(transaction: Transaction): Buffer {
  return Buffer.concat([encodeUnsignedTransaction(transaction), transaction.signature]);
}

/** What a transaction is named by and what its signature is over. */
export function transactionHash(transaction: Omit<Transaction, 'signature'>): Buffer {
  return sha256(encodeUnsignedTransaction(transaction));
}

/** Reads a transaction; what follows it is ignored. Throws `HeadframeError` (data_loss, 'block_malformed'). */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const reader = new ByteReader(bytes, 'block_malformed');
  const version = reader.u8();
  const [sender, recipient] = [reader.take(KEY_BYTES), reader.take(KEY_BYTES)];
  const [amount, nonce, fee] = [reader.i64(), reader.i64(), reader.i64()];
  return { version, sender, recipient, amount, nonce, fee, signature: reader.take(SIGNATURE_BYTES) };
}

/** Whether version, signs and parties of a transaction are as they should be; its signature is not looked at. */
export function passesBasicRules(transaction: Transaction): boolean {
  const { version, sender, recipient, amount, nonce, fee } = transaction;
  return version === 1 && amount > 0n && nonce >= 0n && fee >= 0n && !sender.equals(recipient);
}

/** The transactions that go into a block: the highest fees first, equal ones by ascending hash. */
export function pickTransactions(waiting: readonly Transaction[], most: number): readonly Transaction[] {
  const named = waiting.map((transaction) => ({ transaction, hash: transactionHash(transaction) }));
  named.sort((a, b) => {
    if (a.transaction.fee !== b.transaction.fee) return a.transaction.fee > b.transaction.fee ? -1 : 1;
    return Buffer.compare(a.hash, b.hash);
  });
  return named.slice(0, most).map(({ transaction }) => transaction);
}
