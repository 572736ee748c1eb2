import type { Argon2 } from '../../../common/challenge/argon2.js';
import { memoryTag } from '../../../common/challenge/memory.js';
import type { MemoryParameters } from '../../../common/challenge/parameters.js';
import { DIGEST_BYTES } from '../../../common/challenge/digest.js';
import type { Evidence, ProofFault } from './fault.js';

/** Makes the tag again where the lottery drew this challenge; else it only has to look like one. */
export async function checkMemory(
  argon2: Argon2,
  parameters: MemoryParameters,
  { seed, roots }: Omit<Evidence, 'reveal'>,
  isDrawn: boolean,
): Promise<ProofFault | undefined> {
  const [tag] = roots;
  if (roots.length !== 1 || tag?.length !== DIGEST_BYTES) return wrongTag('what was committed to is no tag');
  if (!isDrawn) return undefined;
  const made = await memoryTag(argon2, parameters, seed);
  return made.equals(tag) ? undefined : wrongTag('the tag is not what Argon2d makes of the seed over that memory');
}

function wrongTag(text: string): ProofFault {
  return { reason: 'challenge_wrong_tag', text };
}
