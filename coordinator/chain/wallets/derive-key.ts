import { scrypt } from 'node:crypto';

/** What scrypt costs: N, r and p as in RFC 7914. */
export interface ScryptParams {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** Above what any of polkadot-js' parameters need: 128 · N · r bytes and some. */
const MOST_MEMORY = 256 * 2 ** 20;
const KEY_BYTES = 64;

/** The key that scrypt makes of a passphrase, on a thread of Node's pool: the event loop goes on meanwhile. */
export function deriveKey(passphrase: Uint8Array, salt: Uint8Array, params: ScryptParams): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, { ...params, maxmem: MOST_MEMORY }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
