import type * as UtilCrypto from '@polkadot/util-crypto';

/** What keys are worked with; a coordinator without wallets does without it. */
export type CryptoLibrary = typeof UtilCrypto;

/** Loads it, once for all. */
export function loadCrypto(): Promise<CryptoLibrary> {
  return import('@polkadot/util-crypto');
}
