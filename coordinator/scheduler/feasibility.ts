import type { Constraint } from '../../common/model/miner.js';
import { holds, isPerHost } from './constraint.js';
import type { HostAttributes } from './constraint.js';
import type { Demand } from './demand.js';
import type { HostClass } from './host-classes.js';
import type { HostColumns } from './host-columns.js';
import { STANDING } from './host-columns.js';

/** Hosts that are alike in how far they meet a demand's wishes. */
export interface Tier {
  /** Sum of the weights of the affinities that hold, by 100: what a whole host's share is worth. */
  readonly bonus: number;
  /** Handles, in no order that means anything. */
  readonly hosts: Int32Array;
}

/** The hosts a demand may go to: open, and meeting every constraint. */
export interface Candidates {
  /** Best bonus first; one tier when the demand has no affinities. */
  readonly tiers: readonly Tier[];
  /** Hosts in all tiers. */
  readonly count: number;
  /** What the hosts have on average, in the units of the columns. */
  readonly mean: { readonly cpu: number; readonly memory: number; readonly disk: number };
}

/** What feasibility needs to know of the hosts. */
export interface HostTable {
  readonly columns: HostColumns;
  readonly membership: number;
  classes(): Iterable<HostClass>;
  entry(handle: number): { readonly attributes: HostAttributes; readonly hostClass: HostClass | undefined };
}

type Policy = Pick<Demand, 'constraints' | 'constraintsKey' | 'affinities' | 'affinitiesKey'>;

/** A list of 10,000 hosts takes 40 kB, and few miners have constraints of their own. */
const MOST_KEPT = 256;

/** One set of constraints, with its verdict on every class of hosts it has met. */
class ConstraintSet {
  readonly #ofClass: readonly Constraint[];
  readonly #ofHost: readonly Constraint[];
  readonly #verdicts = new WeakMap<HostClass, boolean>();

  constructor(constraints: readonly Constraint[]) {
    this.#ofClass = constraints.filter((constraint) => !isPerHost(constraint));
    this.#ofHost = constraints.filter(isPerHost);
  }

  allowsClass(hostClass: HostClass): boolean {
    let verdict = this.#verdicts.get(hostClass);
    if (verdict === undefined) {
      verdict = this.#ofClass.every((constraint) => holds(constraint, hostClass.attributes));
      this.#verdicts.set(hostClass, verdict);
    }
    return verdict;
  }

  allowsHost(attributes: HostAttributes): boolean {
    return this.#ofHost.every((constraint) => holds(constraint, attributes));
  }
}

/** Answers which hosts meet a demand's constraints and wishes; kept by (set of constraints, class of hosts). */
export class Feasibility {
  readonly #table: HostTable;
  readonly #sets = new Map<string, ConstraintSet>();
  readonly #candidates = new Map<string, { readonly membership: number; readonly value: Candidates }>();

  constructor(table: HostTable) {
    this.#table = table;
  }

  /** Whether a host of the fleet meets the demand's constraints, whatever its state. */
  allows(demand: Policy, handle: number): boolean {
    const { attributes, hostClass } = this.#table.entry(handle);
    const set = this.#set(demand);
    return hostClass !== undefined && set.allowsClass(hostClass) && set.allowsHost(attributes);
  }

  /** The hosts that are open to the demand, by how well they meet its wishes. */
  candidates(demand: Policy): Candidates {
    const key = `${demand.constraintsKey}|${demand.affinitiesKey}`;
    const kept = this.#candidates.get(key);
    if (kept?.membership === this.#table.membership) return kept.value;
    const value = this.#list(demand);
    keep(this.#candidates, key, { membership: this.#table.membership, value });
    return value;
  }

  #list(demand: Policy): Candidates {
    const byBonus = new Map<number, number[]>();
    const set = this.#set(demand);
    for (const hostClass of this.#table.classes()) {
      if (!set.allowsClass(hostClass)) continue;
      for (const handle of hostClass.members) this.#admit(handle, set, demand, byBonus);
    }
    const tiers = [...byBonus].map(([bonus, hosts]) => ({ bonus, hosts: Int32Array.from(hosts) }));
    tiers.sort((a, b) => b.bonus - a.bonus);
    return { tiers, ...this.#summary(tiers) };
  }

  #admit(handle: number, set: ConstraintSet, demand: Policy, byBonus: Map<number, number[]>): void {
    if (this.#table.columns.standing[handle] !== STANDING.open) return;
    const { attributes } = this.#table.entry(handle);
    if (!set.allowsHost(attributes)) return;
    const bonus = bonusOf(demand, attributes);
    const hosts = byBonus.get(bonus);
    if (hosts === undefined) byBonus.set(bonus, [handle]);
    else hosts.push(handle);
  }

  #summary(tiers: readonly Tier[]): Pick<Candidates, 'count' | 'mean'> {
    const { totalCpu, totalMemory, totalDisk } = this.#table.columns;
    const count = tiers.reduce((sum, tier) => sum + tier.hosts.length, 0);
    const mean = (column: Float64Array): number =>
      tiers.reduce((sum, { hosts }) => hosts.reduce((part, host) => part + (column[host] ?? 0), sum), 0) /
      Math.max(1, count);
    return { count, mean: { cpu: mean(totalCpu), memory: mean(totalMemory), disk: mean(totalDisk) } };
  }

  #set(demand: Policy): ConstraintSet {
    const known = this.#sets.get(demand.constraintsKey);
    if (known !== undefined) return known;
    const made = new ConstraintSet(demand.constraints);
    keep(this.#sets, demand.constraintsKey, made);
    return made;
  }
}

function bonusOf(demand: Policy, attributes: HostAttributes): number {
  let weight = 0;
  for (const affinity of demand.affinities) if (holds(affinity, attributes)) weight += affinity.weight;
  return weight / 100;
}

/** Keeps the value and lets the oldest go when there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST_KEPT) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
