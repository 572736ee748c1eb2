import type { FleetReader } from '../../fleet/port.js';
import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import type { FleetMirror } from '../fleet-mirror.js';
import type { WaitingGroup } from '../waiting-group.js';
import { Clearings } from './clearings.js';
import { reprice } from './standing.js';
import type { Tenancy } from './tenancy.js';
import { Tenants } from './tenants.js';
import type { Clearing } from './victims.js';

/** An instance that would be stopped to make room. */
export interface PlannedEviction {
  readonly serial: number;
  readonly miner: string;
  readonly priority: number;
  readonly hostId: string;
  readonly hostName: string;
}

/** What evictions are planned on: a copy of the index, and the mirror that it was copied from. */
export interface PlannedParts {
  readonly fleet: FleetReader;
  readonly mirror: FleetMirror;
  readonly index: CapacityIndex;
  readonly wasStruck: (miner: string) => boolean;
  readonly atMs: number;
  readonly pause: () => Promise<void>;
}

/** Room is planned for no more than this many instances of one miner: enough to see what it would come to. */
const MOST_PLANNED = 5000;

/** Plans who would make room, by the rules that really choose them; the minute's bound is left out. */
export class PlannedEvictions {
  readonly #parts: PlannedParts;
  readonly #tenancy: Tenancy;
  readonly #view: Tenants;

  /** `priorities` are those of planned miners, which may differ from the present ones. */
  constructor(parts: PlannedParts, priorities: ReadonlyMap<string, number>) {
    this.#parts = parts;
    this.#tenancy = parts.mirror.tenancy.copy();
    const { fleet, mirror, index, wasStruck, atMs } = parts;
    for (const [miner, priority] of priorities)
      for (const group of mirror.groupsOf(miner)) reprice(this.#tenancy, mirror, group, priority);
    const view = { fleet, mirror, index, wasStruck, priorities, tenancy: this.#tenancy, nowMs: atMs };
    this.#view = new Tenants(view);
  }

  /** Takes out an instance that is as good as gone, and what it held. */
  remove(serial: number): void {
    const holding = this.#parts.mirror.holdingOf(serial);
    if (holding?.kind !== 'held') return;
    const { group, host, grant, leaving } = holding;
    this.#parts.index.release(host, group.demand, grant);
    const priority = this.#view.priorityOf(group.demand);
    this.#tenancy.add(leaving ? 'leaving' : 'evictable', { ...group.demand, priority }, host, -1);
    this.#view.gone.add(serial);
  }

  /** Gives back the places that a group has booked: it is planned anew. */
  unbook(group: WaitingGroup): void {
    for (const { serial, host, demand } of this.#parts.mirror.bookings.of(group)) this.#unbook(serial, host, demand);
  }

  /** Makes room for up to `count` of a demand, counts by host what is to come there, and tells who would stop. */
  async makeRoom(demand: Demand, count: number, byHost: Map<number, number>): Promise<PlannedEviction[]> {
    const clearings = new Clearings(this.#view, demand);
    const evictions: PlannedEviction[] = [];
    for (let made = 0; made < Math.min(count, MOST_PLANNED); made += 1) {
      const clearing = clearings.best();
      if (clearing === undefined) break;
      evictions.push(...this.#take(demand, clearing));
      byHost.set(clearing.host, (byHost.get(clearing.host) ?? 0) + 1);
      clearings.taken();
      await this.#parts.pause();
    }
    return evictions;
  }

  #take(demand: Demand, { host, victims, displaced }: Clearing): PlannedEviction[] {
    const { index } = this.#parts;
    for (const tenant of displaced) this.#unbook(tenant.serial, host, tenant.demand);
    for (const victim of victims) {
      const counted = { ...victim.demand, priority: victim.priority };
      this.#tenancy.add('evictable', counted, host, -1);
      this.#tenancy.add('leaving', counted, host);
      this.#view.leaving.add(victim.serial);
      this.#view.struck.add(victim.demand.miner);
    }
    index.book(host, demand);
    const { id: hostId, attributes } = index.entry(host);
    return victims.map(({ serial, demand: { miner }, priority }) => {
      return { serial, miner, priority, hostId, hostName: attributes.name };
    });
  }

  #unbook(serial: number, host: number, demand: Demand): void {
    this.#parts.index.unbook(host, demand);
    this.#tenancy.add('booked', demand, host, -1);
    this.#view.gone.add(serial);
  }
}
