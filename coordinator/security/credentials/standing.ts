import type { Caller } from '../../../common/model/caller.js';
import type { FleetReader } from '../../fleet/port.js';
import { isValid } from './certificates.js';
import { findCredential } from './credential-view.js';

/** Why somebody is nobody any more; undefined while they are who they were. */
export type EndOf = (caller: Pick<Caller, 'credential' | 'hostId'>) => 'revoked' | 'expired' | undefined;

/**
 * Tells of callers, at one wall time, why they are nobody any more, though their streams are open. The streams of a host go
 * on past the certificate that they began with, as long as the host has a later one.
 */
export function standingAt(fleet: FleetReader, nowMs: number): EndOf {
  let certified: ReadonlySet<string> | undefined;
  return ({ credential, hostId }) => {
    const state = findCredential(fleet, credential, nowMs)?.state ?? 'valid';
    if (state === 'valid' || state === 'revoked') return state === 'valid' ? undefined : state;
    if (hostId === undefined) return 'expired';
    certified ??= certifiedHosts(fleet, nowMs);
    return certified.has(hostId) ? undefined : 'expired';
  };
}

function certifiedHosts(fleet: FleetReader, nowMs: number): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const credential of fleet.credentials())
    if (credential.hostId !== undefined && isValid(credential, nowMs)) hosts.add(credential.hostId);
  return hosts;
}
