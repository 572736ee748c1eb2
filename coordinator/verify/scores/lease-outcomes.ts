import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { Outcome } from './score.js';

/** What leases say of the host that they are on, or were. */
export interface LeaseOutcomes {
  /** How each was found from outside: the share of the time for which it could be used. */
  readonly probes: readonly Outcome[];
  /** How each ended. */
  readonly leases: readonly Outcome[];
}

/** Of a host without leases. */
export const NO_LEASES: LeaseOutcomes = Object.freeze({ probes: [], leases: [] });

/**
 * What leases say of each host, by its id. All leases of one owner are one voice: whoever rents is root in them and can break
 * them, or make many of them, at will. Pure.
 */
export function leaseOutcomes(leases: Iterable<LeaseRecord>): ReadonlyMap<string, LeaseOutcomes> {
  const found = new Map<string, { probes: Outcome[]; leases: Outcome[] }>();
  for (const lease of leases) {
    if (lease.hostId === '') continue;
    const ofHost = found.get(lease.hostId) ?? { probes: [], leases: [] };
    found.set(lease.hostId, ofHost);
    ofHost.probes.push(...probesOf(lease));
    ofHost.leases.push(...endOf(lease));
  }
  return found;
}

function probesOf({ seen, owner: voice }: LeaseRecord): readonly Outcome[] {
  const total = seen === undefined ? 0 : seen.usableMs + seen.doubtfulMs;
  return seen === undefined || total === 0 ? [] : [{ success: seen.usableMs / total, atMs: seen.atMs, voice }];
}

function endOf(lease: LeaseRecord): readonly Outcome[] {
  const { end, owner: voice } = lease;
  const success = end === undefined ? undefined : successOf(lease, end.reason);
  return end === undefined || success === undefined ? [] : [{ success, atMs: end.atMs, voice }];
}

/** Undefined where the host need not have had a part in it. */
function successOf({ startsAtMs, probe }: LeaseRecord, reason: string): number | undefined {
  switch (reason) {
    case 'lease_term_over':
    case 'lease_released':
      return startsAtMs > 0 ? 1 : undefined;
    case 'lease_given_up':
      return 0;
    case 'lease_not_ready':
      // One whose container never ran may have had an image that takes too long, or none.
      return probe === undefined ? undefined : 0;
    default:
      // Its container ended by itself, or its host left: the one is its tenant's to bring about, the other its operator's.
      return undefined;
  }
}
