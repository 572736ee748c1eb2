import type { Argon2 } from '../../../common/challenge/argon2.js';
import { firstValue, leafAt, leafCount, nextValue, transitionAt } from '../../../common/challenge/chain.js';
import type { Transition } from '../../../common/challenge/chain.js';
import type { CpuParameters } from '../../../common/challenge/parameters.js';
import type { Opened } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import { wrongOpening } from './fault.js';
import type { Evidence, ProofFault } from './fault.js';
import { OpenedTrees } from './opened-trees.js';

/** Makes the sampled transitions again: one Argon2 call each. */
export async function checkCpu(
  argon2: Argon2,
  parameters: CpuParameters,
  { seed, roots, reveal }: Evidence,
  { openings }: Pick<Opened, 'openings'>,
): Promise<ProofFault | undefined> {
  if (roots.length !== 1) return wrongOpening(`${String(roots.length)} roots were committed to instead of one`);
  const trees = new OpenedTrees(roots, leafCount(parameters), openings);
  const { samples, chains, steps } = parameters;
  for (const number of new Set(sampleIndices({ reveal, roots, name: 'cpu' }, samples, chains * steps))) {
    const at = transitionAt(parameters, number);
    const index = leafAt(parameters, at);
    const [value, next] = [trees.leaf(0, index), trees.leaf(0, index + 1)];
    if (value === undefined || next === undefined) return wrongOpening(`${placeOf(at)} was not opened as committed`);
    if (at.step === 0 && !firstValue(seed, at.chain).equals(value))
      return wrongOpening(`chain ${String(at.chain)} does not begin with its seed`);
    const made = await nextValue(argon2, parameters, { seed, ...at, value });
    if (!made.equals(next)) return wrongOpening(`${placeOf(at)} is not what Argon2d makes of the value before it`);
  }
  return undefined;
}

function placeOf({ chain, step }: Transition): string {
  return `step ${String(step + 1)} of chain ${String(chain)}`;
}
