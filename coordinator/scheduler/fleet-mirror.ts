import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import type { Workload } from '../../common/model/workload.js';
import type { FleetReader } from '../fleet/port.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { CapacityIndex } from './capacity-index.js';
import type { Grant } from './capacity-index.js';
import { demandOf } from './demand.js';
import type { Demand, PlacementPolicy } from './demand.js';
import { Ledger } from './ledger.js';
import type { Holding } from './ledger.js';
import { PlacementQueue } from './queue.js';
import { Quotas } from './quotas.js';
import { WaitingGroup } from './waiting-group.js';

/** How an instance is laid out whose miner is gone: it waits for nothing, but what it holds is counted. */
const NO_POLICY: PlacementPolicy = {
  namespace: DEFAULT_NAMESPACE,
  priority: 0,
  constraints: [],
  affinities: [],
  strategy: { kind: 'balance', spreadBy: '', perHostCap: 0 },
};

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
  readonly index = new CapacityIndex();
  readonly quotas = new Quotas();
  readonly queue = new PlacementQueue((namespace) => this.quotas.of(namespace).share(this.index.totals));

  constructor(fleet: FleetReader) {
    this.#fleet = fleet;
    for (const { name, quota } of fleet.namespaces()) this.quotas.limit(name, quota);
    for (const host of fleet.hosts()) this.index.upsertHost(host);
    for (const instance of fleet.instances()) this.sync(instance.serial, instance);
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

  /** Follows a transaction; every one has to come, in order. */
  apply(commit: StoreCommit): void {
    for (const change of commit.changes) this.#follow(change);
  }

  /** Notes that an instance taken from its group's list was given a place, reserved already, before its record says so. */
  foresee(serial: number, group: WaitingGroup, host: number, grant: Grant): void {
    this.#ledger.setHeld(serial, group, host, grant);
    group.hold(1);
  }

  /** Counts an instance anew, as its record says; undefined once it is removed. */
  sync(serial: number, record: InstanceRecord | undefined): void {
    const counted = this.#ledger.get(serial);
    if (record !== undefined && counted !== undefined && this.#agrees(record, counted)) return;
    if (counted !== undefined) this.#uncount(serial, counted);
    if (record !== undefined) this.#count(record);
    if (counted !== undefined) this.#forgetIfEmpty(counted.group);
  }

  #follow(change: StoreChange): void {
    switch (change.kind) {
      case 'instance':
        this.sync(change.record.serial, change.record);
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

  #syncHost(id: string): void {
    const host = this.#fleet.host(id);
    if (host === undefined) this.index.removeHost(id);
    else this.#grown.add(this.index.upsertHost(host));
  }

  #syncMiner(name: string): void {
    const miner = this.#fleet.miner(name);
    for (const group of this.groupsOf(name)) {
      group.demand = withPolicy(group.demand, miner?.spec ?? NO_POLICY);
      group.wanted = isWanted(miner);
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
    if (counted.kind === 'pending') return record.state === 'pending';
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
    this.index.release(counted.host, group.demand, counted.grant);
    this.#grown.add(counted.host);
    group.hold(-1);
    this.queue.quotaWaits.ease(group.account.namespace);
    if (group.demand.identity !== '') this.queue.identityFreed(group.demand.identity);
  }

  #forgetIfEmpty(group: WaitingGroup): void {
    if (group.holding > 0 || group.pending.size > 0) return;
    this.#ledger.forgetGroup(group);
    this.#groups.delete(group.workloadId);
    const siblings = this.#byMiner.get(group.miner);
    if (siblings?.delete(group) === true && siblings.size === 0) this.#byMiner.delete(group.miner);
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

function needsOf({ miner, resources, container, identity }: Workload): Parameters<typeof demandOf>[0] {
  return { miner, resources, ports: container.ports, identity };
}

function withPolicy(demand: Demand, policy: PlacementPolicy): Demand {
  const ports = demand.ports.map((port) => ({ ...port, name: '', containerPort: 0 }));
  return demandOf({ miner: demand.miner, resources: demand, ports, identity: demand.identity }, policy);
}

function isWanted(miner: MinerRecord | undefined): boolean {
  return miner !== undefined && !miner.stopped && !miner.deleting;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
