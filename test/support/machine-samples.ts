import type { MachineRecord } from '../../common/model/machine.js';
import { NO_RESOURCES } from '../../common/model/resources.js';
import type { MachineWish } from '../../coordinator/providers/index.js';

/** An active machine on host-1. */
export function sampleMachine(patch: Partial<MachineRecord> = {}): MachineRecord {
  return {
    ...{ id: 'vm-1', name: 'vm-1', provider: 'fleet', place: 'host-1', hostId: 'host-1' },
    ...{ state: 'active', reason: 'machine_active', text: '', atMs: 0 },
    ...{ asked: NO_RESOURCES, priceUsd: '', address: '', account: '', labels: {}, ports: [] },
    ...{ owner: 'ann', namespace: 'default', createdAtMs: 0, revision: 1 },
    ...patch,
  };
}

/** A wish for whatever there is. */
export function sampleWish(patch: Partial<MachineWish> = {}): MachineWish {
  return {
    ...{ provider: '', name: '', asked: NO_RESOURCES, maxPriceUsd: undefined, labels: {}, ports: [] },
    ...{ account: '', owner: 'ann', namespace: 'default' },
    ...patch,
  };
}
