export { ForgetLoop } from './forget-loop.js';
export { hostKeySecret, newHostKey } from './host-key.js';
export { newSshKeyPair } from './key-pair.js';
export { ProbeKey } from './probe-key.js';
export type { SshPublicKey } from './public-key.js';
export { judgeAuthorizedKeys, readSshPublicKey } from './public-key.js';
export { UserAuthority } from './user-authority.js';
export type { UserKeyView } from './user-authority.js';
