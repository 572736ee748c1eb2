import { HeadframeError } from '../../../common/model/error.js';
import { ADDRESS_PREFIX } from '../../../common/model/wallet.js';
import type { KeyType, PublicIdentity } from '../../../common/model/wallet.js';
import type { CryptoLibrary } from './crypto-library.js';

// In JavaScript alone: what is copied into the memory of WebAssembly, nobody can erase there.
const ONLY_JS = true;

/** Both halves of a key. */
interface KeyHalves {
  readonly keyType: KeyType;
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly secretKey: Uint8Array;
}

/** A key in memory, until it is erased. */
export class KeyPair {
  readonly keyType: KeyType;
  readonly publicKey: Uint8Array;
  readonly #crypto: CryptoLibrary;
  readonly #secret: Uint8Array;
  #erased = false;

  /** Takes over both halves. */
  constructor(crypto: CryptoLibrary, { keyType, publicKey, secretKey }: KeyHalves) {
    this.#crypto = crypto;
    this.keyType = keyType;
    this.publicKey = publicKey;
    this.#secret = secretKey;
  }

  /** The key of a seed, 32 bytes. */
  static ofSeed(crypto: CryptoLibrary, keyType: KeyType, seed: Uint8Array): KeyPair {
    const halves = keyType === 'sr25519' ? crypto.sr25519PairFromSeed(seed) : crypto.ed25519PairFromSeed(seed, ONLY_JS);
    return new KeyPair(crypto, { keyType, ...halves });
  }

  /** What everybody may know of it. */
  get identity(): PublicIdentity {
    return identityOf(this.#crypto, this.keyType, this.publicKey);
  }

  /** The signature of these bytes. Throws `HeadframeError` (internal, 'key_erased') once it is erased. */
  sign(payload: Uint8Array): Uint8Array {
    if (this.#erased) throw keyErased();
    const pair = { publicKey: this.publicKey, secretKey: this.#secret };
    return this.keyType === 'sr25519'
      ? this.#crypto.sr25519Sign(payload, pair)
      : this.#crypto.ed25519Sign(payload, pair, ONLY_JS);
  }

  /** Lends the secret key, which is not to be kept. */
  lend<T>(use: (secretKey: Uint8Array) => T): T {
    return use(this.#secret);
  }

  /** Overwrites the secret key; it signs nothing any more. */
  erase(): void {
    this.#erased = true;
    this.#secret.fill(0);
  }
}

/** A key with what it was made of, which brings it back. */
export interface SeededKey {
  readonly pair: KeyPair;
  readonly seed: Uint8Array;
  /** Undefined for one that came as a seed. */
  readonly mnemonic: string | undefined;
}

function keyErased(): HeadframeError {
  return new HeadframeError({ code: 'internal', reason: 'key_erased', message: 'a key was used after it was erased' });
}

/** A public key as people see it. */
export function identityOf(crypto: CryptoLibrary, keyType: KeyType, publicKey: Uint8Array): PublicIdentity {
  return { keyType, address: crypto.encodeAddress(publicKey, ADDRESS_PREFIX), publicKey: hexOf(publicKey) };
}

/** Bytes in hex with 0x. */
export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
