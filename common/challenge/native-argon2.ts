import { hashRaw } from '@node-rs/argon2';
import type { Argon2 } from './argon2.js';

/** The library's function by the numbers of its enumerations, which are there for its types alone. */
type HashRaw = (input: Uint8Array, options: Readonly<Record<string, number | Uint8Array>>) => Promise<Buffer>;

const ARGON2D = 0;
const VERSION_13 = 1;
const hash: HashRaw = hashRaw;

/**
 * Argon2d in native code, on threads of libuv's pool: as many calls at once as UV_THREADPOOL_SIZE says. The lanes of one call are
 * worked on one after the other.
 */
export const nativeArgon2: Argon2 = ({ input, salt, memoryKib, passes, lanes }) =>
  hash(Buffer.from(input), {
    algorithm: ARGON2D,
    version: VERSION_13,
    salt: Buffer.from(salt),
    memoryCost: memoryKib,
    timeCost: passes,
    parallelism: lanes,
    outputLen: 32,
  });
