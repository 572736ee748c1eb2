import type { FleetPort } from '../../fleet/port.js';
import type { VerifiedCertificate } from '../authority/index.js';
import { describeCertificate, recordOf } from './certificates.js';

/** What notes that a certificate was shown. */
interface ShownParts {
  readonly fleet: FleetPort;
  readonly authority: Parameters<typeof describeCertificate>[1] & {
    readonly digest: string;
    readonly former: object | undefined;
  };
}

/**
 * Notes that a certificate was shown, where that says something new: one that has no record, as after a backup was restored,
 * is given one, so that it can be seen and revoked; and while an authority is being replaced, whoever shows a certificate of
 * the new one has it for sure.
 */
export function noteShown({ fleet, authority }: ShownParts, der: Uint8Array, verified: VerifiedCertificate): void {
  const { serial, issuer } = verified;
  const record = fleet.credential(serial);
  const hasMoved = authority.former !== undefined && issuer === authority.digest;
  if (record !== undefined && (!hasMoved || record.seenAtMs !== undefined)) return;
  fleet.transact((tx) => {
    const known = record ?? {
      ...describeCertificate(der, authority),
      ...recordOf(verified),
      ...{ labels: {}, issuedAtMs: tx.atMs },
    };
    tx.putCredential({ ...known, ...(hasMoved ? { seenAtMs: tx.atMs } : {}) });
  });
}
