export { openLowdbStore } from './lowdb/lowdb-store.js';
export type { LowdbStoreOptions } from './lowdb/lowdb-store.js';
export { openJetStreamStore } from './jetstream/jetstream-store.js';
export type { JetStreamStoreOptions } from './jetstream/options.js';
export { ownConnection, serverFactsOf } from './jetstream/connection.js';
export { openStore, openStoreTail } from './open-store.js';
export { connectionRefusal } from './jetstream/server-checks.js';
