import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';

/**
 * Lets nobody into a lease but its owner and admins: others, operators too, are to know no more than that it is not theirs.
 * Throws `HeadframeError` (not_found, 'lease_not_found').
 */
export function requireLeaseOwner(
  lease: LeaseRecord | undefined,
  id: string,
  { role, name }: Pick<Caller, 'role' | 'name'>,
  namespaces: readonly string[] | undefined,
): asserts lease is LeaseRecord {
  const isSeen = lease !== undefined && (namespaces?.includes(lease.namespace) ?? true);
  if (isSeen && (role === 'admin' || lease.owner === name)) return;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'lease_not_found',
    message: `there is no lease ${JSON.stringify(id.slice(0, 80))} of yours`,
    remedy: 'headframe lease ls shows those that there are.',
  });
}
