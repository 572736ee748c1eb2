import { createHash } from 'node:crypto';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** What the checksum of an address begins with, as SS58 has it. */
const PRELUDE = Buffer.from('SS58PRE');
const KEY_BYTES = 32;
const CHECK_BYTES = 2;
/** Numbers of accounts fit 63 bits. */
const LARGEST_NUMBER = 2n ** 63n - 1n;

/**
 * Whether a text names an account that can be paid: `0.0.N` of a Hedera network, or an SS58 address of a key of 32 bytes with
 * its checksum right, whatever its network. Pure.
 */
export function isAccount(text: string): boolean {
  const [, number] = /^0\.0\.([1-9]\d{0,18})$/.exec(text) ?? [];
  if (number !== undefined) return BigInt(number) <= LARGEST_NUMBER;
  return /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(text) && isAddress(fromBase58(text));
}

/** https://docs.substrate.io/reference/address-formats: prefix of one or two bytes, key, two bytes of BLAKE2b-512. */
function isAddress(bytes: Buffer): boolean {
  const [first = 0] = bytes;
  const prefixBytes = first < 64 ? 1 : 2;
  if (first >= 128 || bytes.length !== prefixBytes + KEY_BYTES + CHECK_BYTES) return false;
  const body = bytes.subarray(0, -CHECK_BYTES);
  const sum = createHash('blake2b512').update(PRELUDE).update(body).digest();
  return sum.subarray(0, CHECK_BYTES).equals(bytes.subarray(-CHECK_BYTES));
}

function fromBase58(text: string): Buffer {
  let value = 0n;
  for (const digit of text) value = value * 58n + BigInt(ALPHABET.indexOf(digit));
  const hex = value.toString(16);
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  const bytes = value === 0n ? Buffer.alloc(0) : Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.alloc(zeros), bytes]);
}
