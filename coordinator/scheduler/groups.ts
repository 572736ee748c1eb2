import type { InstanceRecord } from '../../common/model/instance.js';
import type { FleetReader } from '../fleet/port.js';
import type { Account } from './account.js';
import { demandOf } from './demand.js';
import { isWanted, needsOf, policyOf } from './miner-policy.js';
import { WaitingGroup } from './waiting-group.js';

/** The groups that have instances waiting or holding capacity, by workload and by miner. */
export class Groups {
  readonly #fleet: Pick<FleetReader, 'miner' | 'workload'>;
  readonly #accountOf: (namespace: string) => Account;
  readonly #byWorkload = new Map<number, WaitingGroup>();
  readonly #byMiner = new Map<string, Set<WaitingGroup>>();

  constructor(fleet: Pick<FleetReader, 'miner' | 'workload'>, accountOf: (namespace: string) => Account) {
    this.#fleet = fleet;
    this.#accountOf = accountOf;
  }

  /** All of them. */
  all(): Iterable<WaitingGroup> {
    return this.#byWorkload.values();
  }

  /** More than one while an older workload still has instances. */
  ofMiner(miner: string): Iterable<WaitingGroup> {
    return this.#byMiner.get(miner) ?? [];
  }

  /** The group of an instance, made for its first; undefined when its workload is gone. */
  of(record: Pick<InstanceRecord, 'workloadId' | 'miner'>): WaitingGroup | undefined {
    const known = this.#byWorkload.get(record.workloadId);
    if (known !== undefined) return known;
    const miner = this.#fleet.miner(record.miner);
    const workload = this.#fleet.workload(record.workloadId);
    if (workload === undefined) return undefined;
    const demand = demandOf(needsOf(workload), policyOf(miner));
    const account = this.#accountOf(demand.namespace);
    const group = new WaitingGroup(record.workloadId, demand, isWanted(miner), account);
    this.#byWorkload.set(record.workloadId, group);
    const siblings = this.#byMiner.get(group.miner) ?? new Set<WaitingGroup>();
    this.#byMiner.set(group.miner, siblings.add(group));
    return group;
  }

  /** Lets go of a group. */
  forget(group: WaitingGroup): void {
    this.#byWorkload.delete(group.workloadId);
    const siblings = this.#byMiner.get(group.miner);
    if (siblings?.delete(group) === true && siblings.size === 0) this.#byMiner.delete(group.miner);
  }
}

/** Whether nothing of a group waits or holds capacity. */
export function isEmpty({ holding, pending, booked }: WaitingGroup): boolean {
  return holding === 0 && pending.size === 0 && booked === 0;
}
