export { Credentials } from './credentials.js';
export type { IssuingAuthority } from './credentials.js';
export { allCredentials, findCredential } from './credential-view.js';
export { isValid } from './certificates.js';
export { grantRefused, mayGive, wrongNamespaces } from './grants.js';
export { JoinLimiter } from './join-limiter.js';
export { hasAdmin, revokeCredentials, revokeHost } from './revocation.js';
export { standingAt } from './standing.js';
export { kindOf, stateOf } from './token.js';
