import type { Argon2 } from './argon2.js';
import { framed, sha256, u64 } from './digest.js';
import type { CpuParameters } from './parameters.js';
import { keyOf } from './seed.js';

/** A step of a chain: from value `step` to value `step` + 1. */
export interface Transition {
  readonly chain: number;
  readonly step: number;
}

/** Values of all chains, the first of each included: the leaves of the tree. */
export function leafCount({ chains, steps }: Pick<CpuParameters, 'chains' | 'steps'>): number {
  return chains * (steps + 1);
}

/** Which leaf a chain's value is. */
export function leafAt({ steps }: Pick<CpuParameters, 'steps'>, { chain, step }: Transition): number {
  return chain * (steps + 1) + step;
}

/** The transition of a number from 0 to chains · steps − 1. */
export function transitionAt({ steps }: Pick<CpuParameters, 'steps'>, number: number): Transition {
  return { chain: Math.floor(number / steps), step: number % steps };
}

/** First value of a chain. */
export function firstValue(seed: Uint8Array, chain: number): Buffer {
  return keyOf(seed, 'chain', u64(chain));
}

/** x₍k+1₎ = Argon2d(x₍k₎, salt = H(seed, chain, k)): the salt has each step be of this seed, chain and place alone. */
export function nextValue(
  argon2: Argon2,
  { memoryKib, passes }: Pick<CpuParameters, 'memoryKib' | 'passes'>,
  from: Transition & { readonly seed: Uint8Array; readonly value: Uint8Array },
): Promise<Buffer> {
  const salt = sha256(framed('headframe chain 1', from.seed, u64(from.chain), u64(from.step)));
  return argon2({ input: from.value, salt, memoryKib, passes, lanes: 1 });
}
