import type { HostAttributes } from './constraint.js';
import type { HostClass } from './host-classes.js';
import { PortSpace } from './port-space.js';
import { ALL_PROVEN } from './proven.js';
import type { Unproven } from './proven.js';

/** What the index keeps of a host beside its columns. */
export interface HostEntry {
  readonly id: string;
  attributes: HostAttributes;
  /** Undefined while the fleet does not know the host, but instances still name it. */
  hostClass: HostClass | undefined;
  /** What of its columns is not for those who ask for proven capacity. */
  unproven: Unproven;
  /** GPUs the host reports, in its order. */
  gpuIds: readonly string[];
  readonly usedGpus: Set<string>;
  readonly ports: PortSpace;
  /** Kept for instances that are to come: GPUs, and ports of the managed range. */
  readonly booked: { gpus: number; tcp: number; udp: number };
  /** Instances that hold capacity here, or are to come. */
  instances: number;
}

/** An entry for a host of which only the id is known. */
export function blankEntry(id: string): HostEntry {
  return {
    id,
    attributes: {
      ...{ id, name: id, arch: '', os: '', runtime: '', abilities: [], verified: [], labels: {} },
      plotFolders: undefined,
    },
    hostClass: undefined,
    unproven: ALL_PROVEN,
    gpuIds: [],
    usedGpus: new Set(),
    ports: new PortSpace(),
    booked: { gpus: 0, tcp: 0, udp: 0 },
    instances: 0,
  };
}

/** An independent copy, in the class given. */
export function copyEntry(entry: HostEntry, hostClass: HostClass | undefined): HostEntry {
  return {
    ...entry,
    hostClass,
    usedGpus: new Set(entry.usedGpus),
    ports: entry.ports.copy(),
    booked: { ...entry.booked },
  };
}

/** The ids of free GPUs, in the host's order. */
export function unusedGpus(entry: HostEntry): string[] {
  return entry.gpuIds.filter((id) => !entry.usedGpus.has(id));
}
