import { randomBytes } from 'node:crypto';
import type { Chain } from '../port.js';
import type { HiddenWeights } from './operation.js';
import type { Place } from './refusals.js';

/** As the runtime hashes what is revealed: https://github.com/opentensor/subtensor, `do_reveal_weights`. */
const HASHED = '(AccountId32, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)';
const SALT_NUMBERS = 16;

/** A salt of 256 random bits. */
export function newSalt(): number[] {
  return Array.from({ length: SALT_NUMBERS }, () => randomBytes(2).readUInt16LE());
}

/** What a hotkey commits for weights, hex with 0x. Throws what `Chain.read` throws. */
export function commitHash(
  chain: Chain,
  { netuid, hotkey }: Place,
  { weights, salt, versionKey }: HiddenWeights,
): Promise<string> {
  return chain.read('a hash of weights', async ({ registry }) => {
    const said = [hotkey, netuid, weights.uids, weights.values, salt, versionKey];
    return registry.hash(registry.createType(HASHED, said).toU8a()).toHex();
  });
}
