export { ledgerEntries, ledgerKey, totalsOf } from './ledger.js';
export type { LedgerEntry, RewardQuery, RewardTotal } from './ledger.js';
