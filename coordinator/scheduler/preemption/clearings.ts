import type { Resources } from '../../../common/model/resources.js';
import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import { STANDING } from '../host-columns.js';
import { Heap } from '../heap.js';
import type { Level, Tenancy } from './tenancy.js';
import { PRIORITY_GAP, clearingOn, compareCosts } from './victims.js';
import type { Clearing, Cost, Tenant } from './victims.js';

/** What the choice of victims looks at. */
export interface PreemptionView {
  readonly index: CapacityIndex;
  readonly tenancy: Tenancy;
  /** All that hold capacity of a host or have it booked, whatever their priority. */
  tenantsOn(host: number): readonly Tenant[];
}

/** Hosts looked at closely before the first choice, for each one after, and between two glances at the clock: a close look takes some 100 µs. */
const LOOKS = { first: 16, more: 2, between: 4 } as const;

/** Hosts estimated between two glances at the clock. */
const PIECE = 1024;

/** Hosts that cost no less than the same, most of them not looked at yet. */
interface Bracket {
  readonly cost: Cost;
  readonly hosts: number[];
}

/** What the levels say of the hosts for one demand. */
interface Levels {
  readonly evictable: readonly Level[];
  /** Those that give way without being evicted. */
  readonly yielding: readonly Level[];
  /** The most that one eviction could give. */
  readonly largest: Resources;
}

/** Whether anything could give way to a demand at all, on any host. */
export function mayPreempt(tenancy: Tenancy, { priority }: Pick<Demand, 'priority'>): boolean {
  const limit = priority - PRIORITY_GAP;
  return tenancy.upTo('evictable', limit).length > 0 || tenancy.upTo('leaving', limit).length > 0;
}

/** How one host, open and meeting the constraints, would make room for one instance. */
export function clearingOf(
  view: PreemptionView,
  demand: Demand,
  host: number,
  levels = levelsFor(view.tenancy, demand),
): Clearing | undefined {
  if (estimate(view.index, demand, host, levels) < 0) return undefined;
  return clearingOn(view.index, host, demand, view.tenantsOn(host));
}

/** Whether any of some hosts, whatever they have free, could make room for one instance. */
export function anyClearing(view: PreemptionView, demand: Demand, hosts: readonly number[]): boolean {
  const { columns, feasibility } = view.index;
  const levels = levelsFor(view.tenancy, demand);
  return hosts.some((host) => {
    if (columns.standing[host] !== STANDING.open || !feasibility.allows(demand, host)) return false;
    return clearingOf(view, demand, host, levels) !== undefined;
  });
}

/**
 * The cheapest clearings for one demand, one after another. Every host is estimated, never too high; only the most
 * promising are looked at closely, so that the choice among very many hosts may miss the very best, never the gap, never
 * that the instance fits.
 */
export class Clearings {
  readonly #view: PreemptionView;
  readonly #demand: Demand;
  /** Hosts that have been looked at. */
  readonly #known = new Heap<Clearing>((a, b) => (compareCosts(a.cost, b.cost) || a.host - b.host) < 0);
  readonly #estimates: Generator<undefined, Bracket[]>;
  /** Hosts by estimate, the best bracket first; each bracket's next host last. There are few brackets. */
  #brackets: Bracket[] | undefined;
  #looks: number = LOOKS.first;

  constructor(view: PreemptionView, demand: Demand) {
    this.#view = view;
    this.#demand = demand;
    this.#estimates = bracketsOf(view, demand);
  }

  /** Searches until the best is known; false when time ran out before, and there is more to do. */
  search(isLate: () => boolean): boolean {
    while (this.#brackets === undefined) {
      const { done, value } = this.#estimates.next();
      if (done === true) this.#brackets = value;
      else if (isLate()) return false;
    }
    for (let bracket = next(this.#brackets); bracket !== undefined; bracket = next(this.#brackets)) {
      const best = this.#known.peek();
      if (best !== undefined && (this.#looks <= 0 || compareCosts(best.cost, bracket.cost) <= 0)) break;
      this.#look(bracket.hosts.pop() ?? -1);
      if (this.#looks % LOOKS.between === 0 && isLate()) return false;
    }
    return true;
  }

  /** The best clearing found, once all is searched; the same until `taken`. */
  best(): Clearing | undefined {
    while (!this.search(() => false));
    return this.#known.peek();
  }

  /** Tells that the best was taken, and the view changed by it. */
  taken(): void {
    const taken = this.#known.pop();
    if (taken === undefined) return;
    this.#looks += LOOKS.more;
    this.#look(taken.host);
  }

  #look(host: number): void {
    this.#looks -= 1;
    const clearing = clearingOf(this.#view, this.#demand, host);
    if (clearing !== undefined) this.#known.push(clearing);
  }
}

function next(brackets: Bracket[]): Bracket | undefined {
  while (brackets[0]?.hosts.length === 0) brackets.shift();
  return brackets[0];
}

/** The hosts that could make room, by what that costs at least; pauses now and then. */
function* bracketsOf(view: PreemptionView, demand: Demand): Generator<undefined, Bracket[]> {
  if (!mayPreempt(view.tenancy, demand)) return [];
  const levels = levelsFor(view.tenancy, demand);
  const found = new Map<number, Bracket>();
  for (const hosts of piecesOf(view.index.feasibility.candidates(demand).tiers)) {
    for (const host of hosts) {
      const key = estimate(view.index, demand, host, levels);
      if (key >= 0) bracketOf(found, key, levels).hosts.push(host);
    }
    yield;
  }
  const brackets = [...found.values()].sort((a, b) => compareCosts(a.cost, b.cost));
  for (const { hosts } of brackets) hosts.sort((a, b) => b - a);
  return brackets;
}

function* piecesOf(tiers: readonly { readonly hosts: Int32Array }[]): Generator<Int32Array> {
  for (const { hosts } of tiers) for (let at = 0; at < hosts.length; at += PIECE) yield hosts.subarray(at, at + PIECE);
}

function bracketOf(found: Map<number, Bracket>, key: number, levels: Levels): Bracket {
  const known = found.get(key);
  if (known !== undefined) return known;
  const bracket = { cost: costOf(key, levels), hosts: [] };
  found.set(key, bracket);
  return bracket;
}

function levelsFor(tenancy: Tenancy, { priority }: Demand): Levels {
  const yielding = [...tenancy.upTo('leaving', 1000), ...tenancy.upTo('booked', priority - 1)];
  const evictable = tenancy.upTo('evictable', priority - PRIORITY_GAP);
  const most = (name: keyof Resources): number => Math.max(0, ...evictable.map(({ largest }) => largest[name]));
  const largest = {
    cpuMillis: most('cpuMillis'),
    memoryBytes: most('memoryBytes'),
    diskBytes: most('diskBytes'),
    gpus: most('gpus'),
  };
  return { evictable, yielding, largest };
}

/**
 * No more than what making room on a host costs, by sums: the number of victims, times 1024, and the highest priority among
 * them, plus one; -1 when the sums do not suffice. A number, since it is made for every host.
 */
function estimate(index: CapacityIndex, demand: Demand, host: number, levels: Levels): number {
  const { freeCpu, freeMemory, freeDisk, freeGpus } = index.columns;
  let cpu = lack(demand.cpuMillis, freeCpu, host);
  let memory = lack(demand.memoryBytes, freeMemory, host);
  let disk = lack(demand.diskBytes, freeDisk, host);
  let gpus = lack(demand.gpus, freeGpus, host);
  for (const level of levels.yielding) {
    cpu -= at(level.cpu, host);
    memory -= at(level.memory, host);
    disk -= at(level.disk, host);
    gpus -= at(level.gpus, host);
  }
  const { largest } = levels;
  const victims = Math.max(
    times(cpu, largest.cpuMillis),
    times(memory, largest.memoryBytes),
    times(disk, largest.diskBytes),
    times(gpus, largest.gpus),
  );
  if (victims === 0) return 0;
  for (const level of levels.evictable) {
    cpu -= at(level.cpu, host);
    memory -= at(level.memory, host);
    disk -= at(level.disk, host);
    gpus -= at(level.gpus, host);
    if (Math.max(cpu, memory, disk, gpus) <= 0) return victims * 1024 + level.priority + 1;
  }
  return -1;
}

/** What an estimate stands for. */
function costOf(key: number, { evictable }: Levels): Cost {
  const victims = Math.floor(key / 1024);
  const sum = victims * (evictable[0]?.priority ?? 0);
  return { victims, highest: (key % 1024) - 1, sum, displaced: 0, recent: 0, started: Number.MAX_VALUE };
}

/** What is not asked for is never lacking. */
function lack(wanted: number, free: Float64Array, host: number): number {
  return wanted > 0 ? wanted - (free[host] ?? 0) : Number.NEGATIVE_INFINITY;
}

function at(column: Float64Array, host: number): number {
  return column[host] ?? 0;
}

function times(lacking: number, largest: number): number {
  return lacking <= 0 ? 0 : Math.ceil(lacking / largest);
}
