import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { StoreCommit } from '../store/store.js';

/** Hosts of which a lease has changed. */
export function leaseHostsIn({ changes }: StoreCommit): Set<string> {
  const hosts = new Set<string>();
  for (const change of changes) {
    if (change.kind !== 'document' || change.table !== 'lease') continue;
    // Only the fleet writes this table, and only such records.
    hosts.add((change.value as LeaseRecord).hostId);
  }
  return hosts;
}
