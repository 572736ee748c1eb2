import { createHash } from 'node:crypto';
import type { Argon2 } from '../../../common/challenge/argon2.js';
import { u64 } from '../../../common/challenge/digest.js';

/** In place of Argon2d where only its place in the protocol is looked at: another digest of all that goes in, at once. */
export const quickArgon2: Argon2 = ({ input, salt, memoryKib, passes, lanes }) => {
  const hash = createHash('sha256').update(input).update(salt);
  return Promise.resolve(hash.update(u64(memoryKib)).update(u64(passes)).update(u64(lanes)).digest());
};
