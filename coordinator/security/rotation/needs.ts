import type { CredentialRecord } from '../../../common/model/access.js';
import type { FleetReader } from '../../fleet/port.js';
import { isValid, kindOf, stateOf } from '../credentials/index.js';

/** Who would be lost if an authority that was replaced were dropped now; each in order. */
export interface Needs {
  /** Ids of hosts that have not been seen with a certificate of the new one. */
  readonly hosts: readonly string[];
  /** People and programs likewise, by their names. */
  readonly clients: readonly string[];
  /** Ids of tokens whose lines name it. */
  readonly tokens: readonly string[];
}

/** What tells who needs it; times in milliseconds. */
export interface NeedsTerms {
  /** Digest of the authority that signs now. */
  readonly current: string;
  readonly rotatedAtMs: number;
  readonly nowMs: number;
  readonly rejoinWindowMs: number;
}

/** Finds them in the records. */
export function whoNeeds(fleet: FleetReader, terms: NeedsTerms): Needs {
  const all = [...fleet.credentials()];
  const tokens = [...fleet.tokens()].filter(
    (token) =>
      kindOf(token) === 'enrolment' &&
      stateOf(token, terms.nowMs) === 'valid' &&
      token.createdAtMs <= terms.rotatedAtMs,
  );
  return {
    hosts: hostsIn(fleet, all, terms),
    clients: clientsIn(all, terms),
    tokens: tokens.map(({ id }) => id).sort(),
  };
}

/** Nobody. */
export function isEmpty({ hosts, clients, tokens }: Needs): boolean {
  return hosts.length + clients.length + tokens.length === 0;
}

function hostsIn(fleet: FleetReader, all: readonly CredentialRecord[], terms: NeedsTerms): string[] {
  const [moved, needing, known] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const credential of all) {
    const { hostId, issuer, revokedAtMs, notAfterMs } = credential;
    if (hostId === undefined) continue;
    known.add(hostId);
    if (isMoved(credential, terms)) moved.add(hostId);
    if (issuer === terms.current || revokedAtMs !== undefined) continue;
    // One that has expired may still come back by it.
    if (terms.nowMs - notAfterMs < terms.rejoinWindowMs) needing.add(hostId);
  }
  // A store that was restored from a backup may know of hosts, and of no certificate of theirs.
  for (const { id } of fleet.hosts()) if (!known.has(id)) needing.add(id);
  return [...needing].filter((id) => !moved.has(id)).sort();
}

/** Several may have one name, so that each certificate counts, unless one that was asked for with it has been seen. */
function clientsIn(all: readonly CredentialRecord[], terms: NeedsTerms): string[] {
  const bySerial = new Map(all.map((credential) => [credential.serial, credential]));
  const left = new Set<string>();
  for (const credential of all) {
    if (!isMoved(credential, terms)) continue;
    for (let at = credential.replaces; at !== undefined && !left.has(at); at = bySerial.get(at)?.replaces) left.add(at);
  }
  const needing = all.filter(
    ({ hostId, issuer, serial, ...rest }) =>
      hostId === undefined &&
      issuer !== terms.current &&
      !left.has(serial) &&
      isValid({ ...rest, serial }, terms.nowMs),
  );
  return [...new Set(needing.map(({ name = '' }) => name))].sort();
}

/** Whether its holder has shown this certificate of the new authority. */
function isMoved({ issuer, seenAtMs, revokedAtMs }: CredentialRecord, { current }: NeedsTerms): boolean {
  return issuer === current && seenAtMs !== undefined && revokedAtMs === undefined;
}
