import { createHash } from 'node:crypto';

/** Bytes of every digest, nonce, seed and root here. */
export const DIGEST_BYTES = 32;

/** SHA-256 of the parts one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Unsigned integer of eight bytes, big-endian; 0 ≤ value ≤ 2^53 − 1. */
export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Each part behind its length, so that no two lists of parts give the same bytes. */
export function framed(...parts: readonly (Uint8Array | string)[]): Buffer {
  const all = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  return Buffer.concat(all.flatMap((part) => [u64(part.length), part]));
}
