export { createAuthorize } from './authorize.js';
export { CallerLimiter } from './limits/index.js';
export { openSecurity } from './open-security.js';
export type { Security } from './open-security.js';
export { createPermit } from './permit.js';
export { RefusalRecord } from './refusal-record.js';
export { securityLoops } from './security-loops.js';
