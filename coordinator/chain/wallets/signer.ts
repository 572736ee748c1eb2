import type { KeyType } from '../../../common/model/wallet.js';

/** Signs with a key that it does not give away. */
export interface WalletSigner {
  /** SS58 with prefix 42. */
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly keyType: KeyType;
  /**
   * The signature of exactly these bytes, 64 bytes without a prefix for its type. Throws `HeadframeError`:
   * failed_precondition, 'wallet_locked', once the wallet is locked, and what `Wallets.signer` throws of one that has gone.
   */
  sign(payload: Uint8Array): Uint8Array;
}
