import type { InstanceRecord } from '../../../common/model/instance.js';
import type { FleetReader } from '../../fleet/port.js';
import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import type { Holding } from '../ledger.js';
import type { Booking } from './bookings.js';
import type { PreemptionView } from './clearings.js';
import { isLeased } from './tenancy.js';
import type { Tenancy } from './tenancy.js';
import type { Tenant } from './victims.js';

/** An instance that has not ended this many milliseconds after its grace is not waited for. */
export const OVERDUE_MS = 60_000;

/** Where tenants are read from. */
export interface TenantParts {
  readonly fleet: FleetReader;
  readonly mirror: {
    holdingOf(serial: number): Holding | undefined;
    readonly bookings: { on(host: number): ReadonlySet<Booking> };
  };
  readonly index: CapacityIndex;
  readonly tenancy: Tenancy;
  /** Whether a miner has lost an instance to a preemption a short while ago. */
  readonly wasStruck: (miner: string) => boolean;
  readonly nowMs: number;
  /** Priorities of miners that are not as their present record says. */
  readonly priorities?: ReadonlyMap<string, number>;
}

/** The fleet as the choice of victims sees it; with what a plan has changed in its mind. */
export class Tenants implements PreemptionView {
  readonly index: CapacityIndex;
  readonly tenancy: Tenancy;
  /** Serials of instances and bookings that are no longer there. */
  readonly gone = new Set<number>();
  /** Serials of instances that are as good as stopping. */
  readonly leaving = new Set<number>();
  /** Miners that lose an instance. */
  readonly struck = new Set<string>();
  readonly #parts: TenantParts;

  constructor(parts: TenantParts) {
    this.#parts = parts;
    this.index = parts.index;
    this.tenancy = parts.tenancy;
  }

  tenantsOn(host: number): Tenant[] {
    const { fleet, mirror } = this.#parts;
    const tenants: Tenant[] = [];
    for (const record of fleet.instancesOn(this.index.entry(host).id)) {
      const holding = this.gone.has(record.serial) ? undefined : mirror.holdingOf(record.serial);
      if (holding?.kind === 'held') tenants.push(this.#tenant(record, holding));
    }
    for (const { serial, demand } of mirror.bookings.on(host))
      if (!this.gone.has(serial))
        tenants.push({
          serial,
          demand,
          priority: demand.priority,
          standing: 'booked',
          grant: undefined,
          startedAtMs: 0,
          recent: false,
        });
    return tenants;
  }

  /** The priority that counts for instances of a demand's miner. */
  priorityOf({ miner, priority }: Pick<Demand, 'miner' | 'priority'>): number {
    return this.#parts.priorities?.get(miner) ?? priority;
  }

  /** When an instance that is stopping, or would now be told to, has used up its grace; unix milliseconds. */
  graceEndsAtMs({ serial }: Pick<Tenant, 'serial'>): number {
    const record = this.#parts.fleet.instance(serial);
    if (record === undefined) return this.#parts.nowMs;
    const grace = this.#parts.fleet.workload(record.workloadId)?.stopGraceMs ?? 0;
    return grace + (record.state === 'stopping' ? record.changedAtMs : this.#parts.nowMs);
  }

  #tenant(record: InstanceRecord, { group, grant, leaving }: Holding & { readonly kind: 'held' }): Tenant {
    const { serial, startedAtMs } = record;
    const stays = isLeased(group.demand) ? 'staying' : 'evictable';
    const standing = leaving || this.leaving.has(serial) ? this.#leavingOr(record) : stays;
    const recent = standing === 'evictable' && (this.struck.has(record.miner) || this.#parts.wasStruck(record.miner));
    const { demand } = group;
    return { serial, demand, priority: this.priorityOf(demand), standing, grant, startedAtMs, recent };
  }

  #leavingOr(record: InstanceRecord): 'leaving' | 'staying' {
    const isOverdue = this.graceEndsAtMs(record) + OVERDUE_MS <= this.#parts.nowMs;
    return isOverdue ? 'staying' : 'leaving';
  }
}
