import { LEASE_CAPABILITY } from '../../../common/model/host.js';
import type { Resources } from '../../../common/model/resources.js';
import type { Demand } from '../demand.js';

/** Priorities are counted in steps of 25: exact enough to look for hosts, and 41 columns at most. */
const STEP = 25;
const STEPS = 1000 / STEP + 1;

/** Who holds capacity, or will: those that may be evicted, those that are stopping already, and those that are to come. */
export type Standing = 'evictable' | 'leaving' | 'booked';

/** What of a demand is counted. */
type Counted = Resources & Pick<Demand, 'priority'> & Partial<Pick<Demand, 'asks'>>;

/** Whether a demand is a lease's: somebody pays for it until its term is over, so that nobody makes room by it. */
export function isLeased({ asks }: Partial<Pick<Demand, 'asks'>>): boolean {
  return asks === LEASE_CAPABILITY;
}

/** What instances of like priority hold, one value a host, by handle. */
export class Level {
  /** Lowest priority counted here. */
  readonly priority: number;
  cpu = new Float64Array(64);
  memory = new Float64Array(64);
  disk = new Float64Array(64);
  gpus = new Float64Array(64);
  /** Instances on all hosts. */
  instances = 0;
  /** The most of each that one instance was ever counted with. */
  readonly largest: { -readonly [name in keyof Resources]: number } = {
    cpuMillis: 0,
    memoryBytes: 0,
    diskBytes: 0,
    gpus: 0,
  };

  constructor(priority: number) {
    this.priority = priority;
  }

  /** Counts so many instances on a host; a negative number takes them back. */
  add(handle: number, needs: Resources, count: number): void {
    if (handle >= this.cpu.length) this.#grow(handle);
    add(this.cpu, handle, needs.cpuMillis * count);
    add(this.memory, handle, needs.memoryBytes * count);
    add(this.disk, handle, needs.diskBytes * count);
    add(this.gpus, handle, needs.gpus * count);
    this.instances += count;
    for (const name of RESOURCES) if (needs[name] > this.largest[name]) this.largest[name] = needs[name];
  }

  /** An independent copy. */
  copy(): Level {
    const copy = new Level(this.priority);
    for (const name of COLUMNS) copy[name] = this[name].slice();
    copy.instances = this.instances;
    Object.assign(copy.largest, this.largest);
    return copy;
  }

  #grow(handle: number): void {
    for (const name of COLUMNS) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(handle + 1)));
      grown.set(this[name]);
      this[name] = grown;
    }
  }
}

const COLUMNS = ['cpu', 'memory', 'disk', 'gpus'] as const;
const RESOURCES = ['cpuMillis', 'memoryBytes', 'diskBytes', 'gpus'] as const;

/** What each host holds by priority, of instances that may be evicted, that are leaving, and that are to come. */
export class Tenancy {
  readonly #levels: Record<Standing, (Level | undefined)[]> = { evictable: [], leaving: [], booked: [] };
  #version = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Counts so many instances on a host; a negative number takes them back. Those that nobody may evict count for nothing. */
  add(standing: Standing, demand: Counted, handle: number, count = 1): void {
    if (standing === 'evictable' && isLeased(demand)) return;
    this.#version += 1;
    const step = stepOf(demand.priority);
    const levels = this.#levels[standing];
    (levels[step] ??= new Level(step * STEP)).add(handle, demand, count);
  }

  /** The levels in use that may hold something of a priority up to `priority`, lowest first. */
  upTo(standing: Standing, priority: number): Level[] {
    if (priority < 0) return [];
    const levels = this.#levels[standing].slice(0, stepOf(priority) + 1);
    return levels.filter((level) => level !== undefined).filter(({ instances }) => instances > 0);
  }

  /** Instances that may be evicted, on all hosts. */
  get evictable(): number {
    return this.#levels.evictable.reduce((sum, level) => sum + (level?.instances ?? 0), 0);
  }

  /** An independent copy, for asking what if. */
  copy(): Tenancy {
    const copy = new Tenancy();
    for (const standing of ['evictable', 'leaving', 'booked'] as const)
      copy.#levels[standing].push(...this.#levels[standing].map((level) => level?.copy()));
    return copy;
  }
}

function stepOf(priority: number): number {
  return Math.min(STEPS - 1, Math.max(0, Math.floor(priority / STEP)));
}

function add(column: Float64Array, handle: number, by: number): void {
  column[handle] = (column[handle] ?? 0) + by;
}
