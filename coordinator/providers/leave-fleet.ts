import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import { holdsCapacity } from '../../common/model/instance.js';
import { holdingCount } from '../fleet/index.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import { revokeHost } from '../security/credentials/index.js';

/**
 * Removes a host from the fleet with its certificates. Throws `HeadframeError` (failed_precondition): 'host_in_use' while instances
 * live there, unless by force; 'identity_held' while one of them may hold a key that is to be live in one place alone.
 */
export function removeHost(tx: Transaction, host: HostRecord, { force, by }: { force: boolean; by: string }): void {
  const live = holdingCount(tx.countsOn(host.id));
  if (live > 0 && !force) throw hostInUse(host, live);
  // Its agent would go on until its lease ends, while the key is already live elsewhere.
  if (host.state !== 'lost' && holdsIdentity(tx, host.id)) throw holdsIdentities(host);
  tx.removeHost(host.id);
  revokeHost(tx, host.id);
  const text = live > 0 ? `Removed by force with ${live} live instances.` : `Removed by ${by}.`;
  tx.event({ subject: 'host', id: host.id, hostId: host.id, state: 'removed', reason: 'host_removed', text });
}

function holdsIdentity(fleet: FleetReader, hostId: string): boolean {
  for (const { state, workloadId } of fleet.instancesOn(hostId))
    if (holdsCapacity(state) && (fleet.workload(workloadId)?.identity ?? '') !== '') return true;
  return false;
}

function hostInUse({ id, name }: HostRecord, live: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'host_in_use',
    message: `${live} instances live on ${name}`,
    remedy: `Drain it first: headframe hosts drain ${name}. Or remove it by force: its instances are replaced at once.`,
    metadata: { host: id, instances: String(live) },
  });
}

function holdsIdentities({ id, name }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'identity_held',
    message: `instances on ${name} hold exclusive identities, which may be live in one place alone`,
    remedy: `Drain it, or stop its agent and wait until the host is lost: headframe hosts show ${name}.`,
    metadata: { host: id },
  });
}
