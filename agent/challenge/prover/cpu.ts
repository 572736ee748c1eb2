import type { Argon2 } from '../../../common/challenge/argon2.js';
import { firstValue, leafAt, nextValue, transitionAt } from '../../../common/challenge/chain.js';
import { MerkleTree, leafHash } from '../../../common/challenge/merkle.js';
import type { CpuParameters } from '../../../common/challenge/parameters.js';
import type { Opening } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import type { Proof } from './proof.js';

/** Works on all chains at once, each step after the one before it, and commits to every value. */
export async function proveCpu(argon2: Argon2, parameters: CpuParameters, seed: Uint8Array): Promise<Proof> {
  const numbers = Array.from({ length: parameters.chains }, (_, chain) => chain);
  const chains = await Promise.all(numbers.map((chain) => valuesOf(argon2, parameters, { seed, chain })));
  const values = chains.flat();
  const tree = new MerkleTree(values.map((value) => leafHash(value)));
  const roots = [tree.root];
  const openingAt = (index: number): Opening => ({
    tree: 0,
    index,
    leaf: values[index] ?? Buffer.alloc(0),
    path: tree.path(index),
  });
  return {
    roots,
    open: (reveal) => {
      const drawn = sampleIndices(
        { reveal, roots, name: 'cpu' },
        parameters.samples,
        parameters.chains * parameters.steps,
      );
      const openings = drawn.flatMap((number) => {
        const from = leafAt(parameters, transitionAt(parameters, number));
        return [openingAt(from), openingAt(from + 1)];
      });
      return Promise.resolve({ openings, values: [] });
    },
    close: () => Promise.resolve(),
  };
}

async function valuesOf(
  argon2: Argon2,
  parameters: CpuParameters,
  { seed, chain }: { readonly seed: Uint8Array; readonly chain: number },
): Promise<Buffer[]> {
  let value = firstValue(seed, chain);
  const values = [value];
  for (let step = 0; step < parameters.steps; step += 1) {
    value = await nextValue(argon2, parameters, { seed, chain, step, value });
    values.push(value);
  }
  return values;
}
