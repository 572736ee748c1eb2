import type { Argon2 } from './argon2.js';
import type { MemoryParameters } from './parameters.js';
import { keyOf } from './seed.js';

/** Argon2d once over all of the memory that is asked for: what a host commits to, and what a reference host makes again. */
export function memoryTag(argon2: Argon2, { memoryKib, lanes }: MemoryParameters, seed: Uint8Array): Promise<Buffer> {
  return argon2({ input: seed, salt: keyOf(seed, 'memory'), memoryKib, passes: 1, lanes });
}
