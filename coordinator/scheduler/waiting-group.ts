import type { Why } from '../../common/model/event.js';
import type { Demand } from './demand.js';
import { PendingList } from './pending-list.js';

/** Where a group is: nothing to place, waiting for its turn, for capacity, or for its exclusive identity. */
export type GroupStatus = 'idle' | 'ready' | 'blocked' | 'identity';

/** The instances of one workload as the scheduler sees them: those that wait, and how many hold capacity. */
export class WaitingGroup {
  readonly workloadId: number;
  readonly miner: string;
  /** Changes with the miner's placement policy; what an instance holds does not. */
  demand: Demand;
  /** Whether the miner wants instances at all: it exists and is neither stopped nor being deleted. */
  wanted: boolean;
  readonly pending = new PendingList();
  holding = 0;
  /** Why it waits, as last found out. */
  why: Why | undefined;
  /** What was last written into the records of its first instances, and when, in monotonic milliseconds. */
  told: { readonly reason: string; readonly text: string; readonly atMs: number } | undefined;
  /** Whether its first instances may be others than those that were told. */
  hasUntold = false;

  constructor(workloadId: number, demand: Demand, wanted: boolean) {
    this.workloadId = workloadId;
    this.miner = demand.miner;
    this.demand = demand;
    this.wanted = wanted;
  }
}
