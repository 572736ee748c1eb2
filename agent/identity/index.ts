export type { Identity } from './identity.js';
export { coordinatorOf, openIdentity } from './of-config.js';
export { joinFleet } from './join-fleet.js';
export { Renewal } from './renewal.js';
