import type { WaitingGroup } from './waiting-group.js';

/**
 * After this time in milliseconds the first that waits for a quota has room kept for it, so that smaller instances of
 * later turn cannot take all that comes free for ever.
 */
const PATIENCE_MS = 300_000;

interface Waits {
  /** Since when each waits, in monotonic milliseconds. */
  readonly groups: Map<WaitingGroup, number>;
  /** The first in turn; undefined when it has to be found again. */
  first: WaitingGroup | undefined;
}

/** Groups that wait until their namespace's use falls or its quota rises. */
export class QuotaWaits {
  readonly #byNamespace = new Map<string, Waits>();
  readonly #eased = new Set<string>();
  readonly #before: (a: WaitingGroup, b: WaitingGroup) => boolean;

  /** `before` tells whose turn comes first. */
  constructor(before: (a: WaitingGroup, b: WaitingGroup) => boolean) {
    this.#before = before;
  }

  /** How many groups wait. */
  get size(): number {
    let size = 0;
    for (const { groups } of this.#byNamespace.values()) size += groups.size;
    return size;
  }

  /** Namespaces that may take more than when their groups began to wait. */
  get eased(): ReadonlySet<string> {
    return this.#eased;
  }

  /** The groups of a namespace, in turn. */
  of(namespace: string): WaitingGroup[] {
    const groups = [...(this.#byNamespace.get(namespace)?.groups.keys() ?? [])];
    return groups.sort((a, b) => (this.#before(a, b) ? -1 : 1));
  }

  /** Adds a group of the namespace. */
  add(namespace: string, group: WaitingGroup, sinceMs: number): void {
    const waits = this.#byNamespace.get(namespace) ?? { groups: new Map<WaitingGroup, number>(), first: undefined };
    this.#byNamespace.set(namespace, waits);
    waits.groups.set(group, sinceMs);
    waits.first = undefined;
  }

  /** Takes a group out; what may have been kept for it is the others' now. */
  delete(namespace: string, group: WaitingGroup): void {
    const waits = this.#byNamespace.get(namespace);
    if (waits?.groups.delete(group) !== true) return;
    waits.first = undefined;
    if (waits.groups.size > 0) this.#eased.add(namespace);
    else {
      this.#byNamespace.delete(namespace);
      this.#eased.delete(namespace);
    }
  }

  /** Notes that a namespace's use fell or its quota changed. */
  ease(namespace: string): void {
    const waits = this.#byNamespace.get(namespace);
    if (waits === undefined) return;
    // With another quota another may be the first that could ever fit.
    waits.first = undefined;
    this.#eased.add(namespace);
  }

  /** Forgets that a namespace eased: its groups are being asked. */
  settle(namespace: string): void {
    this.#eased.delete(namespace);
  }

  /** The first of a namespace, when it has waited for so long that room is kept for it. */
  claimant(namespace: string, nowMs: number): WaitingGroup | undefined {
    const waits = this.#byNamespace.get(namespace);
    if (waits === undefined) return undefined;
    waits.first ??= this.#firstOf(waits);
    const sinceMs = waits.first === undefined ? nowMs : (waits.groups.get(waits.first) ?? nowMs);
    return nowMs - sinceMs >= PATIENCE_MS ? waits.first : undefined;
  }

  #firstOf({ groups }: Waits): WaitingGroup | undefined {
    let first: WaitingGroup | undefined;
    for (const group of groups.keys()) {
      // What could never fit must not hold others back.
      if (!group.account.couldFit(group.demand)) continue;
      if (first === undefined || this.#before(group, first)) first = group;
    }
    return first;
  }
}
