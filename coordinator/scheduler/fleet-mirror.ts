import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { FleetReader, InstanceHolding, InstancePlacement } from '../fleet/port.js';
import { ALIKE, recordAt } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { alikeRuns } from './alike.js';
import { CapacityIndex } from './capacity-index.js';
import type { Eviction } from './eviction.js';
import { Groups, isEmpty } from './groups.js';
import { isHeldAs, sameItems } from './held-rows.js';
import { Ledger, NOTHING } from './ledger.js';
import type { Holding } from './ledger.js';
import { isWanted, policyOf, withPolicy } from './miner-policy.js';
import { Bookings } from './preemption/bookings.js';
import type { Booking } from './preemption/bookings.js';
import { changeStanding, reprice } from './preemption/standing.js';
import { Tenancy } from './preemption/tenancy.js';
import { PlacementQueue } from './queue.js';
import { Quotas } from './quotas.js';
import type { WaitingGroup } from './waiting-group.js';

/** Instances of one group that were given places on one host. */
type Foreseen = Pick<InstancePlacement, 'serials'> & Partial<Pick<InstancePlacement, 'hostPorts' | 'gpuIds'>>;

/**
 * Keeps the capacity index and the queue as the fleet's records say. It compares each changed record with what it has
 * counted for it, so repeated or foreseen changes do no harm.
 */
export class FleetMirror {
  readonly #fleet: FleetReader;
  readonly #ledger = new Ledger();
  readonly #groups: Groups;
  readonly #grown = new Set<number>();
  #evictions: Eviction[] = [];
  readonly index = new CapacityIndex();
  readonly tenancy = new Tenancy();
  readonly bookings = new Bookings(this.index, this.tenancy);
  readonly quotas = new Quotas();
  readonly queue = new PlacementQueue((namespace) => this.quotas.of(namespace).share(this.index.totals));

  /** Has counted nothing yet: see `mirrorOf` and `openMirror`. */
  constructor(fleet: FleetReader) {
    this.#fleet = fleet;
    this.#groups = new Groups(fleet, (namespace) => this.quotas.of(namespace));
  }

  /** Counts what the fleet holds; once, before all else. */
  *counting(): Generator<void> {
    for (const { name, quota } of this.#fleet.namespaces()) this.quotas.limit(name, quota);
    for (const host of this.#fleet.hosts()) yield void this.index.upsertHost(host);
    for (const { first, serials } of alikeRuns(this.#fleet.holdings())) {
      if (serials.length > 1) this.#countAlike(first, serials);
      else this.#count(first);
      if (first.reason === 'preempted') this.#evictions.push({ miner: first.miner, atMs: first.changedAtMs });
      yield;
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
    return this.#groups.ofMiner(miner);
  }

  /** All groups that have instances waiting or holding capacity. */
  groups(): Iterable<WaitingGroup> {
    return this.#groups.all();
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

  /** Notes instances that were given places, reserved already, also before their records say so. */
  foresee(group: WaitingGroup, host: number, { serials, hostPorts, gpuIds }: Foreseen): void {
    serials.forEach((serial, at) => {
      const grant =
        hostPorts === undefined && gpuIds === undefined
          ? NOTHING
          : { hostPorts: hostPorts?.[at] ?? NOTHING.hostPorts, gpuIds: gpuIds?.[at] ?? NOTHING.gpuIds };
      this.#ledger.setHeld(serial, group, host, grant);
    });
    this.tenancy.add('evictable', group.demand, host, serials.length);
    group.hold(serials.length);
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
    if (counted === undefined || !isEmpty(counted.group)) return;
    this.#ledger.forgetGroup(counted.group);
    this.#groups.forget(counted.group);
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

  /** Creations come at once; of the rest, what is counted as it is said costs no record. */
  #followRows(rows: InstanceRows): void {
    const { like, serials, columns } = rows;
    const isLive = columns.state === undefined && holdsCapacity(like.state) && like.state !== 'stopping';
    if (like.state === 'pending' && columns === ALIKE && serials.every((serial) => !this.#ledger.has(serial)))
      this.#countNew(like, serials);
    else
      serials.forEach((serial, row) => {
        if (isLive && isHeldAs(rows, row, { ledger: this.#ledger, index: this.index })) return;
        this.sync(serial, recordAt(rows, row));
      });
  }

  #countNew(like: InstanceHolding, serials: readonly number[]): void {
    const group = this.#groups.of(like);
    if (group === undefined) return;
    for (const serial of serials) {
      group.pending.add(serial);
      this.#ledger.setPending(serial, group);
    }
    group.hasUntold = true;
    this.queue.refresh(group);
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
      const next = withPolicy(demand, policyOf(miner));
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

  #count(record: InstanceHolding): void {
    if (isEnded(record.state)) return;
    const group = this.#groups.of(record);
    // A workload outlives its instances: when it is gone, a later commit has ended this one and is about to be told.
    if (group === undefined) return;
    if (record.state === 'pending') this.#countNew(record, [record.serial]);
    else if (record.hostId !== undefined) {
      const host = this.index.hold(record.hostId, group.demand, record);
      this.#ledger.setHeld(record.serial, group, host, { hostPorts: record.hostPorts, gpuIds: record.gpuIds });
      const leaving = record.state === 'stopping';
      if (leaving) this.#ledger.setLeaving(record.serial, true);
      this.tenancy.add(leaving ? 'leaving' : 'evictable', group.demand, host);
      group.hold(1);
    }
  }

  #countAlike(first: InstanceHolding, serials: readonly number[]): void {
    const group = this.#groups.of(first);
    if (group === undefined) return;
    if (first.hostId === undefined) this.#countNew(first, serials);
    else this.foresee(group, this.index.hold(first.hostId, group.demand, NOTHING, serials.length), { serials });
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

  #giveUp(booking: Booking): void {
    const { group, host, demand } = booking;
    this.unbook(booking);
    this.#grown.add(host);
    this.queue.quotaWaits.ease(group.account.namespace);
    if (demand.identity !== '') this.queue.identityFreed(demand.identity);
  }
}
