import type { Constraint } from '../../common/model/miner.js';
import type { Ability } from './ability.js';
import { holds, isPerHost } from './constraint.js';
import type { HostAttributes } from './constraint.js';
import type { Demand } from './demand.js';
import type { HostClass } from './host-classes.js';
import type { HostColumns } from './host-columns.js';
import { STANDING } from './host-columns.js';
import { mayScan, plotBonus } from './plot-affinity.js';

/** Hosts that are alike in how far they meet a demand's wishes. */
export interface Tier {
  /** Sum of the weights of the affinities that hold, by 100, and of the disks with plots that it is of use for: what a whole host's share is worth. */
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
}

/** What feasibility needs to know of the hosts. */
export interface HostTable {
  readonly columns: HostColumns;
  readonly membership: number;
  classes(): Iterable<HostClass>;
  entry(handle: number): { readonly attributes: HostAttributes; readonly hostClass: HostClass | undefined };
}

type Policy = Pick<Demand, 'constraints' | 'constraintsKey' | 'affinities' | 'affinitiesKey' | 'asks' | 'plotFolders'>;

/** A list of 10,000 hosts takes 40 kB, and few miners have constraints of their own. */
const MOST_KEPT = 256;

/** One set of constraints, with its verdict on every class of hosts it has met. */
class ConstraintSet {
  readonly #ofClass: readonly Constraint[];
  readonly #ofHost: readonly Constraint[];
  readonly #asks: Ability | '';
  readonly #plotFolders: readonly string[];
  /** Whether hosts of one class may differ. */
  readonly perHost: boolean;
  readonly #verdicts = new WeakMap<HostClass, boolean>();

  constructor({ constraints, asks, plotFolders }: Pick<Demand, 'constraints' | 'asks' | 'plotFolders'>) {
    this.#asks = asks;
    this.#plotFolders = plotFolders;
    this.#ofClass = constraints.filter((constraint) => !isPerHost(constraint));
    this.#ofHost = constraints.filter(isPerHost);
    this.perHost = this.#ofHost.length > 0 || plotFolders.length > 0;
  }

  allowsClass(hostClass: HostClass): boolean {
    let verdict = this.#verdicts.get(hostClass);
    if (verdict === undefined) {
      const able = this.#asks === '' || hostClass.attributes.abilities.includes(this.#asks);
      verdict = able && this.#ofClass.every((constraint) => holds(constraint, hostClass.attributes));
      this.#verdicts.set(hostClass, verdict);
    }
    return verdict;
  }

  allowsHost(attributes: HostAttributes): boolean {
    return (
      this.#ofHost.every((constraint) => holds(constraint, attributes)) &&
      mayScan(attributes.plotFolders, this.#plotFolders)
    );
  }
}

/** Answers which hosts meet a demand's constraints and wishes; kept by (set of constraints, class of hosts). */
export class Feasibility {
  readonly #table: HostTable;
  readonly #sets = new Map<string, ConstraintSet>();
  readonly #open = new WeakMap<HostClass, { readonly membership: number; readonly hosts: Int32Array }>();
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

  /** How much a host meets the demand's wishes: the weights of those that hold, by 100, and its disks with plots. */
  bonus(demand: Policy, handle: number): number {
    if (demand.affinities.length === 0 && demand.plotFolders.length === 0) return 0;
    return bonusOf(demand, this.#table.entry(handle).attributes);
  }

  #list(demand: Policy): Candidates {
    const set = this.#set(demand);
    const byBonus = new Map<number, Int32Array[]>();
    for (const hostClass of this.#table.classes()) {
      if (!set.allowsClass(hostClass)) continue;
      const hosts = this.#openHosts(hostClass);
      if (hosts.length === 0) continue;
      if (!set.perHost && !demand.affinities.some(isPerHost))
        append(byBonus, bonusOf(demand, hostClass.attributes), hosts);
      else this.#admitEach(hosts, set, demand, byBonus);
    }
    const tiers = [...byBonus].map(([bonus, parts]) => ({ bonus, hosts: concat(parts) }));
    tiers.sort((a, b) => b.bonus - a.bonus);
    return { tiers, count: tiers.reduce((sum, { hosts }) => sum + hosts.length, 0) };
  }

  #admitEach(hosts: Int32Array, set: ConstraintSet, demand: Policy, byBonus: Map<number, Int32Array[]>): void {
    for (const handle of hosts) {
      const { attributes } = this.#table.entry(handle);
      if (set.allowsHost(attributes)) append(byBonus, bonusOf(demand, attributes), Int32Array.of(handle));
    }
  }

  #openHosts(hostClass: HostClass): Int32Array {
    const { membership, columns } = this.#table;
    const kept = this.#open.get(hostClass);
    if (kept?.membership === membership) return kept.hosts;
    const open = [...hostClass.members].filter((handle) => columns.standing[handle] === STANDING.open);
    const hosts = Int32Array.from(open);
    this.#open.set(hostClass, { membership, hosts });
    return hosts;
  }

  #set(demand: Policy): ConstraintSet {
    const known = this.#sets.get(demand.constraintsKey);
    if (known !== undefined) return known;
    const made = new ConstraintSet(demand);
    keep(this.#sets, demand.constraintsKey, made);
    return made;
  }
}

function bonusOf(demand: Policy, attributes: HostAttributes): number {
  let weight = 0;
  for (const affinity of demand.affinities) if (holds(affinity, attributes)) weight += affinity.weight;
  return weight / 100 + plotBonus(attributes.plotFolders, demand.plotFolders);
}

function append(lists: Map<number, Int32Array[]>, key: number, part: Int32Array): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [part]);
  else list.push(part);
}

function concat(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
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
