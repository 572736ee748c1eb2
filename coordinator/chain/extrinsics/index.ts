export { ChainLedger } from './chain-ledger.js';
export { Payer } from './payer.js';
export type { SpendingCaps } from './caps.js';
export type { PayerParts } from './payer.js';
export type { WalletSigner } from './ports.js';
export type { PayRequest } from './request.js';
