export { certificateRequest } from './certificate-request.js';
export { checkGiven } from './check-given.js';
export { KeyFolder } from './key-folder.js';
export type { Given } from './key-folder.js';
