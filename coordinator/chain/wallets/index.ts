export type { WalletSigner } from './signer.js';
export type { ColdkeySource, NewHotkey, NewWallet } from './new-wallet.js';
export { openWallets } from './open-wallets.js';
export type { Wallets } from './wallets.js';
export { coldkeyOf, hotkeyNames, meantAddress, meantHotkey } from './whose-keys.js';
