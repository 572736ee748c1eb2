import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { KEY_TYPES } from '../../../common/model/wallet.js';
import type { KeyType } from '../../../common/model/wallet.js';
import type { CryptoLibrary } from './crypto-library.js';
import { deriveKey } from './derive-key.js';
import type { ScryptParams } from './derive-key.js';
import { KeyPair } from './key-pair.js';
import { keyInvalid, passphraseWrong } from './refusals.js';

// The form that polkadot-js calls version 3: the key between two marks, sealed by NaCl's secret box under scrypt's key.
const HEADER = Uint8Array.from([48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]);
const DIVIDER = Uint8Array.from([161, 35, 3, 33, 0]);
const SECRET_BYTES = 64;
const PUBLIC_BYTES = 32;
const SALT_BYTES = 32;
const SCRYPT_BYTES = SALT_BYTES + 12;
const NONCE_BYTES = 24;
const BOX_KEY_BYTES = 32;
/** What is signed to see that the key is whole. */
const PROBE = Buffer.from('headframe');
/** What polkadot-js takes for new keystores; it reads others, too, down to N of 2^15. */
const STANDARD_SCRYPT: ScryptParams = { N: 2 ** 17, p: 1, r: 8 };
/** Far more than any keystore has. */
const MOST_CHARACTERS = 16 * 1024;

const keystoreSchema = z.object({
  address: z.string().max(100),
  encoded: z.string().max(2048),
  encoding: z.object({
    content: z.tuple([z.literal('pkcs8'), z.enum(KEY_TYPES)]),
    type: z.tuple([z.literal('scrypt'), z.literal('xsalsa20-poly1305')]),
    version: z.literal('3'),
  }),
});

/** How a key is to be encrypted, and what the file calls it. */
interface KeystoreWish {
  readonly passphrase: Uint8Array;
  readonly name: string;
  readonly params?: ScryptParams | undefined;
}

/** A key as polkadot-js keeps it in a file, encrypted by a passphrase. */
export async function writeKeystore(
  crypto: CryptoLibrary,
  pair: KeyPair,
  { passphrase, name, params = STANDARD_SCRYPT }: KeystoreWish,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(bytesOf(passphrase), salt, params);
  const plain = pair.lend((secretKey) => Buffer.concat([HEADER, secretKey, DIVIDER, pair.publicKey]));
  try {
    const { encrypted, nonce } = crypto.naclEncrypt(plain, key.subarray(0, BOX_KEY_BYTES), randomBytes(NONCE_BYTES));
    const encoded = Buffer.concat([crypto.scryptToU8a(salt, params), nonce, encrypted]);
    const form = crypto.jsonEncryptFormat(encoded, ['pkcs8', pair.keyType], true);
    return JSON.stringify({ ...form, address: pair.identity.address, meta: { name } });
  } finally {
    plain.fill(0);
    key.fill(0);
  }
}

/**
 * The key of a keystore. Throws `HeadframeError`: permission_denied ('passphrase_wrong'), and invalid_argument
 * ('keystore_invalid') for what is no such keystore.
 */
export async function openKeystore(crypto: CryptoLibrary, text: string, passphrase: Uint8Array): Promise<KeyPair> {
  const { encoded, keyType, address } = readKeystore(crypto, text);
  const { params, salt } = paramsOf(crypto, encoded);
  const key = await deriveKey(bytesOf(passphrase), salt, params);
  const boxed = encoded.subarray(SCRYPT_BYTES);
  try {
    const plain = crypto.naclDecrypt(
      boxed.subarray(NONCE_BYTES),
      boxed.subarray(0, NONCE_BYTES),
      key.subarray(0, BOX_KEY_BYTES),
    );
    if (plain === null) throw passphraseWrong();
    try {
      return pairOf(crypto, plain, { keyType, address });
    } finally {
      plain.fill(0);
    }
  } finally {
    key.fill(0);
  }
}

function readKeystore(crypto: CryptoLibrary, text: string) {
  const parsed = keystoreSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw notSuch('a keystore as polkadot-js exports it for one account: encrypted, version 3');
  const { encoding, address, encoded } = parsed.data;
  try {
    return { keyType: encoding.content[1], address, encoded: crypto.base64Decode(encoded) };
  } catch {
    throw notSuch('base64 in its field encoded');
  }
}

function jsonOf(text: string): unknown {
  if (text.length > MOST_CHARACTERS) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which the schema refuses, too
  }
}

function paramsOf(crypto: CryptoLibrary, encoded: Uint8Array) {
  try {
    return crypto.scryptFromU8a(encoded);
  } catch {
    throw notSuch('the parameters of scrypt that polkadot-js uses');
  }
}

function pairOf(
  crypto: CryptoLibrary,
  plain: Uint8Array,
  { keyType, address }: { readonly keyType: KeyType; readonly address: string },
): KeyPair {
  const secretEnd = HEADER.length + SECRET_BYTES;
  const publicStart = secretEnd + DIVIDER.length;
  const isWhole =
    plain.length === publicStart + PUBLIC_BYTES &&
    isSame(plain.subarray(0, HEADER.length), HEADER) &&
    isSame(plain.subarray(secretEnd, publicStart), DIVIDER);
  if (!isWhole) throw notSuch('a key of the third generation of polkadot-js');
  // Copies: what was decrypted is erased.
  const pair = new KeyPair(crypto, {
    keyType,
    publicKey: plain.slice(publicStart),
    secretKey: plain.slice(HEADER.length, secretEnd),
  });
  if (isOf(crypto, address, pair) && fits(crypto, pair)) return pair;
  pair.erase();
  throw notSuch(`the key of the address that it names, not of ${pair.identity.address}`);
}

function isOf(crypto: CryptoLibrary, address: string, { publicKey }: KeyPair): boolean {
  try {
    return isSame(crypto.decodeAddress(address), publicKey);
  } catch {
    return false;
  }
}

/** Whether the secret key is that of the public one, which the file merely claims. */
function fits(crypto: CryptoLibrary, pair: KeyPair): boolean {
  const verify = pair.keyType === 'sr25519' ? crypto.sr25519Verify : crypto.ed25519Verify;
  return verify(PROBE, pair.sign(PROBE), pair.publicKey);
}

/** As polkadot-js takes a passphrase: one in hex with 0x stands for its bytes. */
function bytesOf(passphrase: Uint8Array): Uint8Array {
  if (passphrase[0] !== 0x30 || passphrase[1] !== 0x78) return passphrase;
  const text = Buffer.from(passphrase).toString();
  return /^0x(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : passphrase;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}

function notSuch(expected: string): Error {
  return keyInvalid('keystore_invalid', {
    path: 'key.keystore',
    expected,
    remedy: 'Export the account anew from polkadot-js, or import its mnemonic.',
  });
}
