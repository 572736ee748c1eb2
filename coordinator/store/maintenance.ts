/* What `headframe store check|repair|backup|restore` call. */
export { checkStore } from './lowdb/check.js';
export type { StoreCounts, StoreProblem, StoreReport } from './lowdb/check.js';
export { repairStore } from './lowdb/repair.js';
export type { RepairOptions, RepairReport } from './lowdb/repair.js';
export { backupStore } from './lowdb/backup.js';
export type { BackupReport } from './lowdb/backup.js';
export { restoreStore } from './lowdb/restore.js';
export type { RestoreOptions, RestoreReport } from './lowdb/restore.js';
