import { holdsCapacity } from '../../../common/model/instance.js';
import type { MinerRecord } from '../../../common/model/miner.js';
import type { SecretRecord } from '../../../common/model/secret.js';
import type { FleetReader } from '../../fleet/port.js';
import type { StoreCommit } from '../../store/store.js';
import { refers } from './references.js';

type Sight = Pick<FleetReader, 'miners' | 'historyOf' | 'instancesOf' | 'workload'>;

/** Serials, by host, of the live instances that refer to secrets which a commit has set; others cost nothing. Pure. */
export function concernedBy(fleet: Sight, commit: StoreCommit): ReadonlyMap<string, readonly number[]> {
  const byHost = new Map<string, number[]>();
  for (const change of commit.changes) {
    if (change.kind !== 'document' || change.table !== 'secret') continue;
    // The table holds nothing else.
    const secret = change.value as SecretRecord;
    for (const miner of fleet.miners()) if (mayRefer(fleet, miner, secret)) gather(fleet, miner, secret, byHost);
  }
  return byHost;
}

/** Also by an earlier revision, for its instances may still be there. */
function mayRefer(fleet: Sight, { spec }: MinerRecord, { namespace, name }: SecretRecord): boolean {
  if (spec.namespace !== namespace) return false;
  if (refers(spec, namespace, name)) return true;
  return fleet.historyOf(spec.name).revisions.some((one) => refers({ ...one.spec, namespace }, namespace, name));
}

function gather(fleet: Sight, { spec }: MinerRecord, { name }: SecretRecord, byHost: Map<string, number[]>): void {
  for (const { serial, hostId, state, workloadId } of fleet.instancesOf(spec.name)) {
    if (hostId === undefined || !holdsCapacity(state)) continue;
    if (!(fleet.workload(workloadId)?.container.secrets ?? []).some((secret) => secret.name === name)) continue;
    const serials = byHost.get(hostId);
    if (serials === undefined) byHost.set(hostId, [serial]);
    else if (!serials.includes(serial)) serials.push(serial);
  }
}
