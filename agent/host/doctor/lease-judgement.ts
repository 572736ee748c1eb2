import { ok, problem, warning } from './finding.js';
import type { Finding } from './finding.js';

/** Something that a host lacks for leases, with what to do about it. */
interface LeaseFault {
  readonly text: string;
  readonly remedy: string;
}

/** How fit a host is for leases: what keeps it from holding any, and what it cannot enforce or show of those it holds. */
export interface LeaseFitness {
  readonly faults: readonly LeaseFault[];
  readonly weaknesses: readonly LeaseFault[];
}

/** One finding for each fault and weakness; none where no leases are to be held. */
export function judgeLeases(fitness: LeaseFitness): Finding[] {
  const { faults, weaknesses } = fitness;
  const found = [
    ...faults.map(({ text, remedy }) => problem('leases', `this host holds no leases: ${text}`, remedy)),
    ...weaknesses.map(({ text, remedy }) => warning('leases', text, remedy)),
  ];
  return found.length > 0 ? found : [ok('leases', 'every wall of a lease can be built here')];
}
