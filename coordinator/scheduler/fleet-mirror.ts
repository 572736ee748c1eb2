import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { FleetReader } from '../fleet/port.js';
import { recordsIn } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { CapacityIndex } from './capacity-index.js';
import type { Grant } from './capacity-index.js';
import { demandOf } from './demand.js';
import { Ledger } from './ledger.js';
import type { Holding } from './ledger.js';
import { NO_POLICY, isWanted, needsOf, withPolicy } from './miner-policy.js';
import { Bookings } from './preemption/bookings.js';
import type { Booking } from './preemption/bookings.js';
import { changeStanding, reprice } from './preemption/standing.js';
import { Tenancy } from './preemption/tenancy.js';
import { PlacementQueue } from './queue.js';
import { Quotas } from './quotas.js';
import { WaitingGroup } from './waiting-group.js';

/** An instance that was made to give way, and when it last changed; unix milliseconds. */
interface Eviction {
  readonly miner: string;
  readonly atMs: number;
}

/**
 * Keeps the capacity index and the queue as the fleet's records say. It compares each changed record with what it has
 * counted for it, so repeated or foreseen changes do no harm.
 */
export class FleetMirror {
  readonly #fleet: FleetReader;
  readonly #ledger = new Ledger();
  readonly #groups = new Map<number, WaitingGroup>();
  readonly #byMiner = new Map<string, Set<WaitingGroup>>();
  readonly #grown = new Set<number>();
  #evictions: Eviction[] = [];
  readonly index = new CapacityIndex();
  readonly tenancy = new Tenancy();
  readonly bookings = new Bookings(this.index, this.tenancy);
  readonly quotas = new Quotas();
  readonly queue = new PlacementQueue((namespace) => this.quotas.of(namespace).share(this.index.totals));

  constructor(fleet: FleetReader) {
    this.#fleet = fleet;
    for (const { name, quota } of fleet.namespaces()) this.quotas.limit(name, quota);
    for (const host of fleet.hosts()) this.index.upsertHost(host);
    for (const instance of fleet.instances()) {
      this.sync(instance.serial, instance);
      if (instance.reason === 'preempted') this.#evictions.push({ miner: instance.miner, atMs: instance.changedAtMs });
    }
  }

  /** The evictions that the records told of at first, once. */
  takeEvictions(): readonly Eviction[] {
    const taken = this.#evictions;
    this.#evictions = [];
    return taken.sort((a, b) => a.atMs - b.atMs);
  }

  /** Hosts that may take more than before, since `clearGrown`. */
  get grown(): ReadonlySet<number> {
    return this.#grown;
  }

  /** Forgets which hosts have grown: whom they could help has been woken. */
  clearGrown(): void {
    this.#grown.clear();
  }

  /** Groups of a miner; more than one while an older workload still has instances. */
  groupsOf(miner: string): Iterable<WaitingGroup> {
    return this.#byMiner.get(miner) ?? [];
  }

  /** All groups that have instances waiting or holding capacity. */
  groups(): Iterable<WaitingGroup> {
    return this.#groups.values();
  }

  /** What is counted for an instance. */
  holdingOf(serial: number): Holding | undefined {
    return this.#ledger.get(serial);
  }

  /** What is counted for the instances of a group that hold capacity. */
  heldBy(group: WaitingGroup): Iterable<Holding & { readonly kind: 'held' }> {
    return this.#ledger.heldBy(group);
  }

  /** Follows a transaction; every one has to come, in order. */
  apply(commit: StoreCommit): void {
    for (const change of commit.changes) this.#follow(change);
  }

  /** Notes that an instance taken from its group's list was given a place, reserved already, before its record says so. */
  foresee(serial: number, group: WaitingGroup, host: number, grant: Grant): void {
    this.#ledger.setHeld(serial, group, host, grant);
    this.tenancy.add('evictable', group.demand, host);
    group.hold(1);
  }

  /** Notes that an instance is to stop, before its record says so. */
  foreseeStop(serial: number): void {
    const counted = this.#ledger.get(serial);
    if (counted?.kind === 'held' && !counted.leaving) changeStanding(this.tenancy, this.#ledger, serial);
  }

  /** Notes that an instance taken from its group's list has a place booked. */
  book(booking: Booking): void {
    this.bookings.add(booking);
    this.#ledger.setBooked(booking.serial, booking.group, booking.host);
    booking.group.book(1);
  }

  /** Gives a booked place back so that its instance can have it, or be booked again; one of both must follow at once. */
  unbook({ serial, group }: Booking): void {
    if (this.bookings.take(serial) !== undefined) group.book(-1);
  }

  /** Gives a booked place back and its instance to the queue. */
  cancel(booking: Booking): void {
    const { serial, group } = booking;
    this.#ledger.delete(serial);
    this.#giveUp(booking);
    group.pending.add(serial);
    group.hasUntold = true;
    this.#ledger.setPending(serial, group);
    this.queue.refresh(group);
  }

  /** Notes that a host may take more than before. */
  grow(host: number): void {
    this.#grown.add(host);
  }

  /** Counts an instance anew, as its record says; undefined once it is removed. */
  sync(serial: number, record: InstanceRecord | undefined): void {
    const counted = this.#ledger.get(serial);
    if (record !== undefined && counted !== undefined && this.#agrees(record, counted)) {
      if (counted.kind === 'held' && counted.leaving !== (record.state === 'stopping'))
        changeStanding(this.tenancy, this.#ledger, serial);
      return;
    }
    if (counted !== undefined) this.#uncount(serial, counted);
    if (record !== undefined) this.#count(record);
    if (counted !== undefined) this.#forgetIfEmpty(counted.group);
  }

  #follow(change: StoreChange): void {
    switch (change.kind) {
      case 'instance':
        this.sync(change.record.serial, change.record);
        break;
      case 'instances':
        this.#followRows(change.rows);
        break;
      case 'instanceRemoved':
        this.sync(change.serial, undefined);
        break;
      case 'document':
      case 'documentRemoved':
        if (change.table === 'host') this.#syncHost(change.key);
        if (change.table === 'miner') this.#syncMiner(change.key);
        if (change.table === 'namespace') this.#syncNamespace(change.key);
    }
  }

  #followRows(rows: InstanceRows): void {
    for (const record of recordsIn(rows)) this.sync(record.serial, record);
  }

  #syncHost(id: string): void {
    const host = this.#fleet.host(id);
    if (host !== undefined) {
      this.#grown.add(this.index.upsertHost(host));
      return;
    }
    for (const booking of [...this.bookings.on(this.index.handleOf(id) ?? -1)]) this.cancel(booking);
    this.index.removeHost(id);
  }

  #syncMiner(name: string): void {
    const miner = this.#fleet.miner(name);
    for (const group of this.groupsOf(name)) {
      const { demand } = group;
      const wanted = isWanted(miner);
      const next = withPolicy(demand, miner?.spec ?? NO_POLICY);
      if (!wanted || next.priority !== demand.priority || next.shape !== demand.shape)
        for (const booking of [...this.bookings.of(group)]) this.cancel(booking);
      for (const host of reprice(this.tenancy, this.#ledger, group, next.priority)) this.#grown.add(host);
      group.demand = next;
      group.wanted = wanted;
      this.queue.quotaWaits.ease(group.account.namespace);
      group.moveTo(this.quotas.of(group.demand.namespace));
      this.queue.refresh(group);
    }
  }

  #syncNamespace(name: string): void {
    this.quotas.limit(name, this.#fleet.namespace(name)?.quota);
    this.queue.quotaWaits.ease(name);
  }

  #agrees(record: InstanceRecord, counted: Holding): boolean {
    if (counted.kind !== 'held') return record.state === 'pending';
    return (
      holdsCapacity(record.state) &&
      this.index.entry(counted.host).id === record.hostId &&
      sameItems(record.hostPorts, counted.grant.hostPorts) &&
      sameItems(record.gpuIds, counted.grant.gpuIds)
    );
  }

  #count(record: InstanceRecord): void {
    if (isEnded(record.state)) return;
    const group = this.#groupOf(record);
    // A workload outlives its instances: when it is gone, a later commit has ended this one and is about to be told.
    if (group === undefined) return;
    if (record.state === 'pending') {
      group.pending.add(record.serial);
      group.hasUntold = true;
      this.#ledger.setPending(record.serial, group);
      this.queue.refresh(group);
    } else if (record.hostId !== undefined) {
      const host = this.index.hold(record.hostId, group.demand, record);
      this.#ledger.setHeld(record.serial, group, host, { hostPorts: record.hostPorts, gpuIds: record.gpuIds });
      const leaving = record.state === 'stopping';
      if (leaving) this.#ledger.setLeaving(record.serial, true);
      this.tenancy.add(leaving ? 'leaving' : 'evictable', group.demand, host);
      group.hold(1);
    }
  }

  #uncount(serial: number, { group, ...counted }: Holding): void {
    this.#ledger.delete(serial);
    if (counted.kind === 'pending') {
      group.pending.remove(serial);
      group.hasUntold = true;
      this.queue.refresh(group);
      return;
    }
    if (counted.kind === 'booked') {
      const booking = this.bookings.get(serial);
      if (booking !== undefined) this.#giveUp(booking);
      return;
    }
    this.tenancy.add(counted.leaving ? 'leaving' : 'evictable', group.demand, counted.host, -1);
    this.index.release(counted.host, group.demand, counted.grant);
    this.#grown.add(counted.host);
    group.hold(-1);
    this.queue.quotaWaits.ease(group.account.namespace);
    if (group.demand.identity !== '') this.queue.identityFreed(group.demand.identity);
  }

  #forgetIfEmpty(group: WaitingGroup): void {
    if (group.holding > 0 || group.pending.size > 0 || group.booked > 0) return;
    this.#ledger.forgetGroup(group);
    this.#groups.delete(group.workloadId);
    const siblings = this.#byMiner.get(group.miner);
    if (siblings?.delete(group) === true && siblings.size === 0) this.#byMiner.delete(group.miner);
  }

  #giveUp(booking: Booking): void {
    const { group, host, demand } = booking;
    this.unbook(booking);
    this.#grown.add(host);
    this.queue.quotaWaits.ease(group.account.namespace);
    if (demand.identity !== '') this.queue.identityFreed(demand.identity);
  }

  #groupOf(record: InstanceRecord): WaitingGroup | undefined {
    const known = this.#groups.get(record.workloadId);
    if (known !== undefined) return known;
    const miner = this.#fleet.miner(record.miner);
    const workload = this.#fleet.workload(record.workloadId);
    if (workload === undefined) return undefined;
    const demand = demandOf(needsOf(workload), miner?.spec ?? NO_POLICY);
    const group = new WaitingGroup(record.workloadId, demand, isWanted(miner), this.quotas.of(demand.namespace));
    this.#groups.set(record.workloadId, group);
    const siblings = this.#byMiner.get(group.miner) ?? new Set<WaitingGroup>();
    this.#byMiner.set(group.miner, siblings.add(group));
    return group;
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
