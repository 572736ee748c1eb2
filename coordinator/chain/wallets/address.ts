import { ADDRESS_PREFIX } from '../../../common/model/wallet.js';
import type { CryptoLibrary } from './crypto-library.js';
import { keyInvalid } from './refusals.js';

const PUBLIC_KEY_BYTES = 32;
/** Longer than any address of a public key of 32 bytes. */
const SS58 = /^[1-9A-HJ-NP-Za-km-z]{40,60}$/;

/**
 * An address of any network's prefix with that of all, and its public key. Throws `HeadframeError` (invalid_argument,
 * 'address_invalid') of the field `path`.
 */
export function readAddress(
  crypto: CryptoLibrary,
  text: string,
  path: string,
): { readonly address: string; readonly publicKey: Uint8Array } {
  const publicKey = decode(crypto, text.trim());
  if (publicKey?.length === PUBLIC_KEY_BYTES)
    return { address: crypto.encodeAddress(publicKey, ADDRESS_PREFIX), publicKey };
  throw keyInvalid('address_invalid', {
    path,
    value: text.slice(0, 60),
    expected: 'an SS58 address with a good checksum',
    remedy: 'Copy the whole address, such as one that begins with 5.',
  });
}

function decode(crypto: CryptoLibrary, text: string): Uint8Array | undefined {
  if (!SS58.test(text)) return undefined;
  try {
    return crypto.decodeAddress(text);
  } catch {
    return undefined; // mistyped
  }
}
