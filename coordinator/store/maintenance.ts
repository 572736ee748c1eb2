/* What `headframe store check|repair|backup|restore` call. */
export { checkStore } from './lowdb/check.js';
export type { StoreReport } from './lowdb/check.js';
export { repairStore } from './lowdb/repair.js';
export { backupStore } from './lowdb/backup.js';
export { restoreStore } from './lowdb/restore.js';
