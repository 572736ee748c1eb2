export { judgeAuthorizedKeys, readSshPublicKey } from './public-key.js';
