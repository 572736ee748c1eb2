export { askLeader } from './ask-leader.js';
export { certificateRequest } from './certificate-request.js';
export { checkGiven } from './check-given.js';
export { isSignedBy, issuerIn } from './issuer.js';
export { IDENTITY_FILES, KeyFolder } from './key-folder.js';
export type { Given } from './key-folder.js';
export { validityOf } from './validity.js';
export type { Validity } from './validity.js';
