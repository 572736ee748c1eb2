export { Credentials, revokeHost } from './credentials.js';
export type { HostAuthority } from './credentials.js';
export { JoinLimiter } from './join-limiter.js';
export { noHost } from './refusals.js';
export { stateOf } from './token.js';
