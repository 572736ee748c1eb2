export { ChainLedger } from './chain-ledger.js';
export { Payer } from './payer.js';
export { intentNotFound } from './refusals.js';
export type { SpendingCaps } from './caps.js';
export type { DryRun, PayerParts } from './payer.js';
export { retryClass } from './retry-class.js';
export type { WalletSigner } from './ports.js';
export type { PayRequest } from './request.js';
