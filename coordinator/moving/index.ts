export { backupCluster, restoreCluster } from './backups.js';
export { migrateStore } from './migrate.js';
export type { MigrateReport } from './migrate.js';
