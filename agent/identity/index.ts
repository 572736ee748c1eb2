export type { Identity } from './identity.js';
export { coordinatorOf, hasIdentity, joinedAt, openIdentity } from './of-config.js';
export { checkedJoinLine, parseJoinLine } from './join-line.js';
export type { JoinLine } from './join-line.js';
export { joinFleet } from './join-fleet.js';
export { Renewal } from './renewal.js';
