import type { KeyType } from '../../../common/model/wallet.js';
import type { CryptoLibrary } from './crypto-library.js';
import { readKeyfile } from './keyfile.js';
import { KeyPair } from './key-pair.js';
import type { SeededKey } from './key-pair.js';
import { keyInvalid } from './refusals.js';

/** A key as its owner has it; all but a keystore. */
export interface RawKey {
  readonly form: 'mnemonic' | 'seed' | 'keyfile';
  readonly bytes: Uint8Array;
  readonly keyType: KeyType;
}

// Not in WebAssembly, whose memory nobody can erase.
const ONLY_JS = true;
const WORD_COUNTS: readonly number[] = [12, 24];
const MOST_BYTES = 8 * 1024;

/**
 * The key that its owner has in one of these forms. Throws `HeadframeError` (invalid_argument: 'mnemonic_invalid',
 * 'seed_invalid', 'keyfile_invalid', 'keyfile_encrypted') of the field `path`; no message has anything of the key.
 */
export function readKey(crypto: CryptoLibrary, { form, bytes, keyType }: RawKey, path: string): SeededKey {
  const text = bytes.length > MOST_BYTES ? '' : Buffer.from(bytes).toString().trim();
  switch (form) {
    case 'mnemonic':
      return ofMnemonic(crypto, text, keyType, `${path}.mnemonic`);
    case 'seed':
      return ofSeed(crypto, text, keyType, `${path}.seed`);
    case 'keyfile':
      return ofKeyfile(crypto, text, keyType, `${path}.keyfile`);
  }
}

function ofMnemonic(crypto: CryptoLibrary, text: string, keyType: KeyType, path: string): SeededKey {
  const words = text.toLowerCase().split(/\s+/);
  const mnemonic = words.join(' ');
  if (!WORD_COUNTS.includes(words.length) || !crypto.mnemonicValidate(mnemonic, undefined, ONLY_JS))
    throw keyInvalid('mnemonic_invalid', {
      path,
      expected: '12 or 24 words of the English list whose checksum is right',
      remedy: `There are ${String(text === '' ? 0 : words.length)} words: look for a mistyped, missing or misplaced one.`,
    });
  const seed = crypto.mnemonicToMiniSecret(mnemonic, '', undefined, ONLY_JS);
  return { pair: KeyPair.ofSeed(crypto, keyType, seed), seed, mnemonic };
}

function ofSeed(crypto: CryptoLibrary, text: string, keyType: KeyType, path: string): SeededKey {
  if (!/^(?:0x)?[0-9a-f]{64}$/i.test(text))
    throw keyInvalid('seed_invalid', { path, expected: '32 bytes in hex: 64 digits, with or without 0x' });
  const seed = Uint8Array.from(Buffer.from(text.slice(-64), 'hex'));
  return { pair: KeyPair.ofSeed(crypto, keyType, seed), seed, mnemonic: undefined };
}

function ofKeyfile(crypto: CryptoLibrary, text: string, keyType: KeyType, path: string): SeededKey {
  const { secretPhrase, secretSeed, ss58Address } = readKeyfile(text, path);
  const key =
    secretPhrase === undefined
      ? ofSeed(crypto, secretSeed ?? '', keyType, path)
      : ofMnemonic(crypto, secretPhrase, keyType, path);
  const { address } = key.pair.identity;
  if (ss58Address === undefined || ss58Address === address) return key;
  eraseKey(key);
  throw keyInvalid('keyfile_invalid', {
    path,
    expected: `the key of the address that it names, not of ${address}`,
    remedy: 'See whether it is of the other type: --key-type ed25519.',
  });
}

/** The key of a file that `writeKeyfile` wrote, by its seed, which is the quicker way. Throws like `readKey`. */
export function readOwnKeyfile(crypto: CryptoLibrary, bytes: Uint8Array, keyType: KeyType): KeyPair {
  const { secretSeed = '' } = readKeyfile(Buffer.from(bytes).toString(), 'keyfile');
  const { pair, seed } = ofSeed(crypto, secretSeed, keyType, 'keyfile');
  seed.fill(0);
  return pair;
}

/** Overwrites what of a key can be. */
export function eraseKey({ pair, seed }: SeededKey): void {
  pair.erase();
  seed.fill(0);
}
