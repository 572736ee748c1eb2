export { createAuthorize } from './authorize.js';
export { openSecurity } from './open-security.js';
export type { Security } from './open-security.js';
export { RefusalLog } from './refusal-log.js';
