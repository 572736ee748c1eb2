import type { Resources } from '../../../common/model/resources.js';
import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
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

/** Hosts looked at closely before the first choice, and for each one after: a close look takes some 50 µs. */
const LOOKS = { first: 32, more: 4 } as const;

interface Entry {
  readonly host: number;
  /** No more than what the host would really cost, until `clearing` tells. */
  readonly cost: Cost;
  readonly clearing: Clearing | undefined;
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
export function clearingOf(view: PreemptionView, demand: Demand, host: number): Clearing | undefined {
  if (estimate(view.index, demand, host, levelsFor(view.tenancy, demand)) === undefined) return undefined;
  return clearingOn(view.index, host, demand, view.tenantsOn(host));
}

/**
 * The cheapest clearings for one demand, one after another. Every host is estimated, never too high; only the most
 * promising are looked at closely, so that the choice among very many hosts may miss the very best, never the gap, never
 * that the instance fits.
 */
export class Clearings {
  readonly #view: PreemptionView;
  readonly #demand: Demand;
  readonly #heap = new Heap<Entry>((a, b) => (compareCosts(a.cost, b.cost) || a.host - b.host) < 0);
  #looks: number = LOOKS.first;
  #best: Entry | undefined;

  constructor(view: PreemptionView, demand: Demand) {
    this.#view = view;
    this.#demand = demand;
    if (!mayPreempt(view.tenancy, demand)) return;
    const levels = levelsFor(view.tenancy, demand);
    for (const { hosts } of view.index.feasibility.candidates(demand).tiers)
      for (const host of hosts) {
        const cost = estimate(view.index, demand, host, levels);
        if (cost !== undefined) this.#heap.push({ host, cost, clearing: undefined });
      }
  }

  /** The best clearing found; the same until `taken`. */
  best(): Clearing | undefined {
    while (this.#looks > 0 || this.#best === undefined) {
      const entry = this.#heap.pop();
      if (entry === undefined) break;
      if (this.#best !== undefined && compareCosts(this.#best.cost, entry.cost) <= 0) {
        this.#heap.push(entry);
        break;
      }
      this.#consider(entry);
    }
    return this.#best?.clearing;
  }

  /** Tells that the best was taken, and the view changed by it. */
  taken(): void {
    const taken = this.#best;
    if (taken === undefined) return;
    this.#best = undefined;
    this.#looks += LOOKS.more;
    const cost = estimate(this.#view.index, this.#demand, taken.host, levelsFor(this.#view.tenancy, this.#demand));
    if (cost !== undefined) this.#heap.push({ host: taken.host, cost, clearing: undefined });
  }

  #consider(entry: Entry): void {
    const clearing = entry.clearing ?? this.#look(entry.host);
    if (clearing === undefined) return;
    const found = { host: entry.host, cost: clearing.cost, clearing };
    if (this.#best === undefined || compareCosts(found.cost, this.#best.cost) < 0) {
      if (this.#best !== undefined) this.#heap.push(this.#best);
      this.#best = found;
    } else this.#heap.push(found);
  }

  #look(host: number): Clearing | undefined {
    this.#looks -= 1;
    return clearingOn(this.#view.index, host, this.#demand, this.#view.tenantsOn(host));
  }
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

/** No more than what making room on a host costs, by sums; undefined when the sums do not suffice. */
function estimate(index: CapacityIndex, demand: Demand, host: number, levels: Levels): Cost | undefined {
  const { freeCpu, freeMemory, freeDisk, freeGpus } = index.columns;
  let cpu = lack(demand.cpuMillis, freeCpu, host);
  let memory = lack(demand.memoryBytes, freeMemory, host);
  let disk = lack(demand.diskBytes, freeDisk, host);
  let gpus = lack(demand.gpus, freeGpus, host);
  const give = (level: Level): boolean => {
    cpu -= level.cpu[host] ?? 0;
    memory -= level.memory[host] ?? 0;
    disk -= level.disk[host] ?? 0;
    gpus -= level.gpus[host] ?? 0;
    return cpu <= 0 && memory <= 0 && disk <= 0 && gpus <= 0;
  };
  for (const level of levels.yielding) give(level);
  const { cpuMillis, memoryBytes, diskBytes, gpus: mostGpus } = levels.largest;
  const victims = Math.max(
    times(cpu, cpuMillis),
    times(memory, memoryBytes),
    times(disk, diskBytes),
    times(gpus, mostGpus),
  );
  if (victims === 0) return least(0, -1, 0);
  const first = levels.evictable.find(give);
  return first && least(victims, first.priority, levels.evictable[0]?.priority ?? 0);
}

/** What is not asked for is never lacking. */
function lack(wanted: number, free: Float64Array, host: number): number {
  return wanted > 0 ? wanted - (free[host] ?? 0) : Number.NEGATIVE_INFINITY;
}

function times(lacking: number, largest: number): number {
  return lacking <= 0 ? 0 : Math.ceil(lacking / largest);
}

function least(victims: number, highest: number, lowest: number): Cost {
  return { victims, highest, sum: victims * lowest, displaced: 0, recent: 0, started: Number.MAX_VALUE };
}
