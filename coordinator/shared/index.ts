export { openShared } from './open-shared.js';
export type { MachineKeyShelf, Shared } from './open-shared.js';
export { openSharedOf } from './shared-of-config.js';
