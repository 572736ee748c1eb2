export { openShared } from './open-shared.js';
export type { Shared } from './open-shared.js';
export { openSharedOf } from './shared-of-config.js';
