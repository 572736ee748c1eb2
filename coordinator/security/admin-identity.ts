import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import { IDENTITY_FILES, identityFolder } from '../../common/config/index.js';
import { certificateRequest, checkGiven } from '../../common/enrolment/index.js';
import type { Caller } from '../../common/model/caller.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import type { Authority } from './authority/index.js';
import { hasAdmin } from './credentials/index.js';
import type { Credentials } from './credentials/index.js';

/** What the identity of an admin is made from. */
interface AdminIdentityParts {
  readonly authority: Pick<Authority, 'issueIdentity' | 'digest' | 'bundle'>;
  readonly credentials: Pick<Credentials, 'verify' | 'isRevoked' | 'renew'>;
  readonly fleet: FleetPort;
  readonly nowMs: number;
  readonly logger: Logger;
}

/**
 * Makes, at the first start, the identity by which whoever may read this folder gives the coordinator its first orders; and
 * again where its certificate was taken away from the folder, or where nothing proves an admin any more. One of an authority that
 * was replaced is renewed: where the coordinator is a user of its own, no command may do that.
 */
export async function keepAdminIdentity(folder: string, parts: AdminIdentityParts): Promise<void> {
  const { authority, credentials, fleet, nowMs, logger } = parts;
  // The certificate comes last: a start that was cut short makes all three again.
  const held = await readIfThere(join(folder, IDENTITY_FILES.certificate));
  // Gives it a record where it has none, so that it is seen and counts.
  const verified = held && credentials.verify(derOf(held));
  if (verified !== undefined && hasAdmin(fleet, nowMs)) {
    const isFormer = !('refused' in verified) && verified.issuer !== authority.digest;
    if (isFormer && verified.role !== 'agent' && !credentials.isRevoked(verified.serial))
      await moveOn(folder, { role: verified.role, name: verified.name, credential: verified.serial }, parts);
    return;
  }
  const made = await authority.issueIdentity({ role: 'admin', name: 'admin' });
  credentials.verify(derOf(made.certificate));
  const { durable } = fleet.transact((tx) => {
    tx.event({ subject: 'fleet', id: '', reason: 'admin_certified', text: `In ${folder}.` });
  });
  await durable;
  await writeWhole(join(folder, IDENTITY_FILES.key), made.key);
  await writeWhole(join(folder, IDENTITY_FILES.authorities), made.authorities);
  await writeWhole(join(folder, IDENTITY_FILES.certificate), made.certificate);
  logger.info({ folder }, 'identity of an admin made: headframe --identity FOLDER uses it');
}

/** Renews what lies in the folder; what keeps it from that hurts nothing before the former authority is retired. */
async function moveOn(folder: string, caller: Caller, parts: AdminIdentityParts): Promise<void> {
  const { authority, credentials, logger } = parts;
  try {
    const identity = identityFolder(folder);
    // Before a new key is made: one whose own key is not here is somebody else's to renew.
    if ((await identity.load()) === undefined) return;
    const key = await identity.nextKey();
    const certificate = await credentials.renew(caller, certificateRequest(key, caller.name));
    const given = { certificate, authorities: authority.bundle };
    checkGiven(given, key);
    await identity.keep(given);
    credentials.verify(derOf(Buffer.from(certificate)));
    logger.info({ folder }, 'the identity of an admin has moved on to the new authority');
  } catch (err) {
    logger.warn({ err, folder }, 'the identity of an admin stays with the former authority');
  }
}

/** What cannot be read as a certificate is verified to be none. */
function derOf(pem: Buffer): Uint8Array {
  try {
    return new X509Certificate(pem).raw;
  } catch {
    return pem;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
