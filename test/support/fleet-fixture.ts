import { openFleet } from '../../coordinator/fleet/index.js';
import type { Fleet, FleetOptions } from '../../coordinator/fleet/index.js';
import type { MinerSpec } from '../../common/model/miner.js';
import { sampleMiner, sampleWorkload } from './fleet-samples.js';
import { ManualClock } from './manual-clock.js';
import { MemoryStore } from './memory-store.js';

/** A fleet over a store in memory, with its clock. */
export interface FleetFixture {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly fleet: Fleet;
}

/** Opens a fleet over `store`, an empty one when left out. */
export async function openFleetFixture(
  store = new MemoryStore(),
  options: Partial<FleetOptions> = {},
): Promise<FleetFixture> {
  const clock = new ManualClock();
  return { clock, store, fleet: await openFleet(store, { clock, ...options }) };
}

/** Adds a miner with workload `id` and `count` pending instances; gives the first serial. */
export function addMiner(fleet: Fleet, spec: Partial<MinerSpec> = {}, count = 0, id = 1): number {
  return fleet.transact((tx) => {
    const record = sampleMiner(spec, { workloadId: id });
    tx.putMiner(record);
    tx.putWorkload(sampleWorkload(spec, id));
    return count === 0 ? 0 : tx.createInstances(record.spec.name, id, count, { reason: 'queued', text: '' });
  }).value;
}

/** Places a pending instance on a host. */
export function assign(fleet: Fleet, serial: number, hostId = 'host-1'): void {
  fleet.transact((tx) => tx.updateInstance(serial, { state: 'assigned', hostId, reason: 'placed', text: '' }));
}
