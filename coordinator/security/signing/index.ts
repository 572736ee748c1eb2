export { FINGERPRINT, fingerprintOf, isSignedBy, readPublicKey } from './signature.js';
export { SigningKey } from './signing-key.js';
export type { PublicIdentity } from './signing-key.js';
