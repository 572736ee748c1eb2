export { ChallengeDesk } from './desk.js';
export type { VerifierLink } from './link.js';
