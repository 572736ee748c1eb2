import { LEAST_PASSPHRASE_BYTES, MOST_PASSPHRASE_BYTES } from '../../../common/model/wallet.js';
import type { Custody, PublicIdentity, ProxyFor } from '../../../common/model/wallet.js';
import { readAddress } from './address.js';
import type { CryptoLibrary } from './crypto-library.js';
import type { ScryptParams } from './derive-key.js';
import { identityOf } from './key-pair.js';
import type { KeyPair } from './key-pair.js';
import { eraseKey, readKey } from './key-source.js';
import type { RawKey } from './key-source.js';
import { writeKeyfile } from './keyfile.js';
import { openKeystore, writeKeystore } from './keystore.js';
import { keyInvalid } from './refusals.js';

/** Where the key of a new wallet comes from. */
export type ColdkeySource =
  | { readonly kind: 'key'; readonly key: RawKey }
  | { readonly kind: 'keystore'; readonly bytes: Uint8Array }
  | { readonly kind: 'watch'; readonly address: string };

/** A hotkey that is to be. */
export interface NewHotkey {
  readonly name: string;
  readonly namespace: string;
  readonly key: RawKey;
}

/** A wallet that is to be. */
export interface NewWallet {
  readonly name: string;
  readonly coldkey: ColdkeySource;
  /** Encrypts the keystore, and opens the one that is imported. */
  readonly passphrase: Uint8Array;
  readonly proxyFor: ProxyFor | undefined;
  readonly hotkeys: readonly NewHotkey[];
}

/** What is kept of a coldkey: whose it is, and its keystore. */
export interface MadeColdkey extends PublicIdentity {
  readonly custody: Custody;
  readonly keystore: string | undefined;
  readonly proxyFor: ProxyFor | undefined;
}

/** A hotkey with the file of its key, which whoever has kept it erases. */
export interface MadeHotkey extends Pick<NewHotkey, 'name' | 'namespace'> {
  readonly identity: PublicIdentity;
  readonly keyfile: Buffer;
}

/** Reads a coldkey and encrypts it anew. Throws `HeadframeError` for what is no key, address or passphrase. */
export async function makeColdkey(
  crypto: CryptoLibrary,
  { name, ...wish }: NewWallet,
  params: ScryptParams | undefined,
): Promise<MadeColdkey> {
  const { coldkey, passphrase } = wish;
  if (coldkey.kind === 'watch') {
    const { publicKey } = readAddress(crypto, coldkey.address, 'watch_address');
    const identity = identityOf(crypto, 'sr25519', publicKey);
    return { ...identity, custody: 'watch', keystore: undefined, proxyFor: undefined };
  }
  requirePassphrase(passphrase);
  const proxyFor = readProxy(crypto, wish.proxyFor);
  const pair = await pairOf(crypto, coldkey, passphrase);
  try {
    const keystore = await writeKeystore(crypto, pair, { passphrase, name, params });
    return { ...pair.identity, custody: proxyFor === undefined ? 'keystore' : 'proxy', keystore, proxyFor };
  } finally {
    pair.erase();
  }
}

/** Reads a hotkey. Throws `HeadframeError` for what is no key, of the field `path`. */
export function makeHotkey(crypto: CryptoLibrary, { name, namespace, key }: NewHotkey, path: string): MadeHotkey {
  const read = readKey(crypto, key, path);
  try {
    return { name, namespace, identity: read.pair.identity, keyfile: writeKeyfile(read) };
  } finally {
    eraseKey(read);
  }
}

async function pairOf(
  crypto: CryptoLibrary,
  coldkey: Exclude<ColdkeySource, { readonly kind: 'watch' }>,
  passphrase: Uint8Array,
): Promise<KeyPair> {
  if (coldkey.kind === 'keystore') return openKeystore(crypto, Buffer.from(coldkey.bytes).toString(), passphrase);
  const { pair, seed } = readKey(crypto, coldkey.key, 'key');
  seed.fill(0);
  return pair;
}

function readProxy(crypto: CryptoLibrary, proxyFor: ProxyFor | undefined): ProxyFor | undefined {
  if (proxyFor === undefined) return undefined;
  return { ...proxyFor, address: readAddress(crypto, proxyFor.address, 'proxy_for').address };
}

function requirePassphrase({ length }: Uint8Array): void {
  if (length >= LEAST_PASSPHRASE_BYTES && length <= MOST_PASSPHRASE_BYTES) return;
  throw keyInvalid('passphrase_unfit', {
    path: 'passphrase',
    expected: `${String(LEAST_PASSPHRASE_BYTES)} to ${String(MOST_PASSPHRASE_BYTES)} bytes`,
    remedy: 'Take several words at random; whoever has the disk can guess as fast as they can pay for.',
  });
}
