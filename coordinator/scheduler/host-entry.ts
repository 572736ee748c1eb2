import type { HostAttributes } from './constraint.js';
import type { HostClass } from './host-classes.js';
import { PortSpace } from './port-space.js';

/** What the index keeps of a host beside its columns. */
export interface HostEntry {
  readonly id: string;
  attributes: HostAttributes;
  /** Undefined while the fleet does not know the host, but instances still name it. */
  hostClass: HostClass | undefined;
  /** GPUs the host reports, in its order. */
  gpuIds: readonly string[];
  readonly usedGpus: Set<string>;
  readonly ports: PortSpace;
  /** Instances that hold capacity here. */
  instances: number;
}

/** An entry for a host of which only the id is known. */
export function blankEntry(id: string): HostEntry {
  return {
    id,
    attributes: { id, name: id, arch: '', os: '', runtime: '', labels: {} },
    hostClass: undefined,
    gpuIds: [],
    usedGpus: new Set(),
    ports: new PortSpace(),
    instances: 0,
  };
}

/** An independent copy, in the class given. */
export function copyEntry(entry: HostEntry, hostClass: HostClass | undefined): HostEntry {
  return { ...entry, hostClass, usedGpus: new Set(entry.usedGpus), ports: entry.ports.copy() };
}

/** The ids of free GPUs, in the host's order. */
export function unusedGpus(entry: HostEntry): string[] {
  return entry.gpuIds.filter((id) => !entry.usedGpus.has(id));
}
