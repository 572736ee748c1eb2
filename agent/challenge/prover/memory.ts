import type { Argon2 } from '../../../common/challenge/argon2.js';
import { memoryTag } from '../../../common/challenge/memory.js';
import type { MemoryParameters } from '../../../common/challenge/parameters.js';
import type { Proof } from './proof.js';

/** Fills the memory and commits to the tag; there is nothing to be opened. */
export async function proveMemory(argon2: Argon2, parameters: MemoryParameters, seed: Uint8Array): Promise<Proof> {
  const tag = await memoryTag(argon2, parameters, seed);
  return {
    roots: [tag],
    open: () => Promise.resolve({ openings: [], values: [] }),
    close: () => Promise.resolve(),
  };
}
