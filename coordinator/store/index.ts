export { openLowdbStore } from './lowdb/lowdb-store.js';
export type { LowdbStoreOptions } from './lowdb/lowdb-store.js';
export { openJetStreamStore } from './jetstream/jetstream-store.js';
export type { JetStreamStoreOptions, NatsSource } from './jetstream/options.js';
export { connectNats, ownConnection } from './jetstream/connection.js';
