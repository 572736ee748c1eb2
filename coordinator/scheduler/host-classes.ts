import type { HostAttributes } from './constraint.js';

/** Hosts that differ, as far as constraints can see, in id and name alone. */
export interface HostClass {
  readonly key: string;
  /** Of the host that opened the class; its id and name say nothing of the others. */
  readonly attributes: HostAttributes;
  /** Handles of the hosts in it. */
  readonly members: Set<number>;
}

/** Sorts hosts into classes, so that a constraint is tested once a class and not once a host. */
export class HostClasses {
  readonly #byKey = new Map<string, HostClass>();

  /** Puts a host into the class of its attributes. */
  join(handle: number, attributes: HostAttributes): HostClass {
    const key = keyOf(attributes);
    const found = this.#byKey.get(key) ?? { key, attributes, members: new Set<number>() };
    this.#byKey.set(key, found);
    found.members.add(handle);
    return found;
  }

  /** Takes a host out; a class without hosts is forgotten. */
  leave(handle: number, from: HostClass): void {
    from.members.delete(handle);
    if (from.members.size === 0) this.#byKey.delete(from.key);
  }

  /** All classes that have hosts. */
  all(): Iterable<HostClass> {
    return this.#byKey.values();
  }
}

function keyOf({ arch, os, runtime, abilities, verified, labels }: HostAttributes): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([arch, os, runtime, abilities, verified, sorted]);
}
