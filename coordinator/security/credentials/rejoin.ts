import type { CredentialRecord } from '../../../common/model/access.js';
import type { Caller } from '../../../common/model/caller.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { FleetPort, FleetReader } from '../../fleet/port.js';
import { describeCertificate } from './certificates.js';
import { forget } from './forget.js';
import { credentialRevoked } from './refusals.js';

/** What lets hosts come back. */
interface RejoinParts {
  readonly fleet: FleetPort;
  readonly authority: Parameters<typeof describeCertificate>[1] & {
    issueAgent(request: string, hostId: string): Promise<string>;
  };
  readonly rejoinWindowMs: number;
}

/**
 * Gives a host that has proven the key of a certificate of its own, which may have expired, the next one, in PEM. Throws
 * `HeadframeError`: failed_precondition ('rejoin_off', 'rejoin_too_late', 'rejoin_unknown', 'rejoin_other_key'),
 * unauthenticated ('credential_revoked'), and what the authority throws for a bad request.
 */
export async function rejoinHost(
  { fleet, authority, rejoinWindowMs }: RejoinParts,
  { credential: serial, hostId = '' }: Caller,
  request: string,
): Promise<string> {
  if (rejoinWindowMs === 0) throw refused('rejoin_off');
  const certificate = await authority.issueAgent(request, hostId);
  const issued = describeCertificate(certificate, authority);
  const { durable } = fleet.transact((tx) => {
    const shown = tx.credential(serial);
    if (shown === undefined) throw refused('rejoin_unknown');
    if (shown.revokedAtMs !== undefined) throw credentialRevoked();
    if (tx.atMs - shown.notAfterMs > rejoinWindowMs) throw refused('rejoin_too_late');
    if (hasOther(tx, shown, issued.keyHash)) throw refused('rejoin_other_key');
    forget(tx, rejoinWindowMs);
    const { labels } = shown;
    tx.putCredential({ ...issued, role: 'agent', hostId, labels, issuedAtMs: tx.atMs, replaces: serial });
    const text = `Host ${hostId}: its certificate had expired, its key proved it.`;
    tx.event({ subject: 'fleet', id: '', reason: 'host_recertified', text });
  });
  await durable;
  return certificate;
}

/**
 * Whether the host was given a certificate for another key after the one shown, so that this may be a copy of what it once
 * was. The key that is asked for does not count: its first answer may have been lost.
 */
function hasOther(fleet: FleetReader, shown: CredentialRecord, keyHash: string): boolean {
  for (const { hostId, serial, keyHash: other, revokedAtMs, issuedAtMs } of fleet.credentials()) {
    if (hostId !== shown.hostId || serial === shown.serial || revokedAtMs !== undefined) continue;
    if (issuedAtMs >= shown.issuedAtMs && other !== shown.keyHash && other !== keyHash) return true;
  }
  return false;
}

const AGAIN = 'Join again with a new token: headframe token create prints the line; say --again.';

const REFUSALS = {
  rejoin_off: {
    message: 'the certificate has expired, and hosts may not come back by their old key (security.rejoinWindow is 0)',
    remedy: AGAIN,
  },
  rejoin_too_late: {
    message: 'the certificate expired longer ago than security.rejoinWindow of the coordinator allows',
    remedy: AGAIN,
  },
  rejoin_unknown: { message: 'nothing is known of this certificate any more', remedy: AGAIN },
  rejoin_other_key: {
    message: 'the host was given a certificate for another key since: this may be a copy of an older state of it',
    remedy: `If this is the host and its newer key is lost, remove it first: headframe hosts rm. ${AGAIN}`,
  },
} as const;

function refused(reason: keyof typeof REFUSALS): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, ...REFUSALS[reason] });
}
