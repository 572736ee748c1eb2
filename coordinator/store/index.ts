export { openLowdbStore } from './lowdb/lowdb-store.js';
export type { LowdbStoreOptions } from './lowdb/lowdb-store.js';
