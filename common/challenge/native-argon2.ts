import { argon2d, hash } from 'argon2';
import type { Argon2 } from './argon2.js';

/** Argon2d by the reference implementation in C, on threads of libuv's pool: as many calls at once as UV_THREADPOOL_SIZE says. */
export const nativeArgon2: Argon2 = ({ input, salt, memoryKib, passes, lanes }) =>
  hash(Buffer.from(input), {
    raw: true,
    type: argon2d,
    version: 0x13,
    salt: Buffer.from(salt),
    memoryCost: memoryKib,
    timeCost: passes,
    parallelism: lanes,
    hashLength: 32,
  });
