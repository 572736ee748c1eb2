import type { HostRecord } from '../../common/model/host.js';
import type { Constraint } from '../../common/model/miner.js';
import { allocatableResources } from '../../common/model/resources.js';
import type { ChallengeType } from '../../common/model/verdict.js';

/** Counted resources of which a host may have proven less than it claims. */
export type Provable = 'cpuMillis' | 'memoryBytes' | 'diskBytes';

const PROVABLE: Partial<Record<ChallengeType, Provable>> = {
  cpu: 'cpuMillis',
  memory: 'memoryBytes',
  disk: 'diskBytes',
};
const NONE: readonly Provable[] = Object.freeze([]);

/** What of a host may be allocated, but not to those who ask for proven capacity. */
export type Unproven = Readonly<Record<Provable, number>>;

/** Of a host that is not known, or has proven all. */
export const ALL_PROVEN: Unproven = Object.freeze({ cpuMillis: 0, memoryBytes: 0, diskBytes: 0 });

/** The resources that an instance wants no more of than a host has proven: those that it asks for in `host.verified`. */
export function provenAsked(constraints: readonly Constraint[]): readonly Provable[] {
  if (constraints.length === 0) return NONE;
  const asked = constraints
    .filter(({ attribute, operator }) => attribute === 'host.verified' && operator === 'in')
    .flatMap(({ values }) => values);
  const found = Object.entries(PROVABLE).filter(([type]) => asked.includes(type));
  return found.length === 0 ? NONE : found.map(([, resource]) => resource);
}

/** By how much the allocatable part of what is claimed exceeds that of what is claimed and proven. */
export function unprovenOf({ claimed, reserved, verification }: HostRecord): Unproven {
  const proven = (type: ChallengeType, most: number): number =>
    Math.min(most, verification?.verified[type]?.amount ?? 0);
  const believed = {
    cpuMillis: proven('cpu', claimed.cpuMillis),
    memoryBytes: proven('memory', claimed.memoryBytes),
    diskBytes: proven('disk', claimed.diskBytes),
    gpus: claimed.gpus,
  };
  const [all, some] = [allocatableResources(claimed, reserved), allocatableResources(believed, reserved)];
  return {
    cpuMillis: all.cpuMillis - some.cpuMillis,
    memoryBytes: all.memoryBytes - some.memoryBytes,
    diskBytes: all.diskBytes - some.diskBytes,
  };
}
