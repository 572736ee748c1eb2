import { CapacityIndex } from '../../../coordinator/scheduler/capacity-index.js';
import { place } from '../../../coordinator/scheduler/placement.js';
import { PlacementQueue } from '../../../coordinator/scheduler/queue.js';
import type { Run } from '../../../coordinator/scheduler/strategy.js';
import { WaitingGroup } from '../../../coordinator/scheduler/waiting-group.js';
import type { Random } from '../../support/seeded-random.js';
import type { PlantedFleet } from './planted-fleet.js';

/** Copies of one miner that went to one host. */
export interface Placed {
  /** Index of the miner. */
  readonly miner: number;
  readonly run: Run;
  readonly serials: readonly number[];
}

/** Instances placed in one turn, as the scheduler bounds them. */
const BATCH = 16_384;

/** A fleet as the scheduler holds it, every instance waiting. */
export interface Waiting {
  readonly index: CapacityIndex;
  readonly queue: PlacementQueue;
}

/** Puts a planted fleet's hosts into an index and its instances into a queue. */
export function makeReady({ hosts, miners }: PlantedFleet): Waiting {
  const index = new CapacityIndex();
  for (const host of hosts) index.upsertHost(host);
  const queue = new PlacementQueue();
  let serial = 1;
  miners.forEach(({ demand, count }, at) => {
    const group = new WaitingGroup(at, demand, true);
    for (let left = count; left > 0; left -= 1) group.pending.add(serial++);
    queue.refresh(group);
  });
  return { index, queue };
}

/** Decides everything, in the order and by the steps of the scheduler; what fits nowhere stays blocked in the queue. */
export function decideAll({ index, queue }: Waiting, random: Random): Placed[] {
  const placed: Placed[] = [];
  for (let turn = queue.next(0); turn !== undefined; turn = queue.next(0)) {
    const { group } = turn;
    const count = Math.min(group.pending.size, BATCH);
    const { runs, unplaced } = place(index, { demand: group.demand, count }, random);
    for (const run of runs) {
      const serials = group.pending.take(run.count);
      group.hold(serials.length);
      placed.push({ miner: group.workloadId, run, serials });
    }
    queue.served(group, 0);
    queue.refresh(group);
    if (unplaced > 0) queue.block(group);
  }
  return placed;
}
