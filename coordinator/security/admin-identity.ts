import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import { IDENTITY_FILES } from '../../common/config/index.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import type { Authority } from './authority/index.js';
import { hasAdmin } from './credentials/index.js';
import type { Credentials } from './credentials/index.js';

/** What the identity of an admin is made from. */
interface AdminIdentityParts {
  readonly authority: Pick<Authority, 'issueIdentity'>;
  readonly credentials: Pick<Credentials, 'verify'>;
  readonly fleet: FleetPort;
  readonly nowMs: number;
  readonly logger: Logger;
}

/**
 * Makes, at the first start, the identity by which whoever may read this folder gives the coordinator its first orders; and
 * again where its certificate was taken away from the folder, or where nothing proves an admin any more.
 */
export async function keepAdminIdentity(folder: string, parts: AdminIdentityParts): Promise<void> {
  const { authority, credentials, fleet, nowMs, logger } = parts;
  // The certificate comes last: a start that was cut short makes all three again.
  const held = await readIfThere(join(folder, IDENTITY_FILES.certificate));
  // Gives it a record where it has none, so that it is seen and counts.
  if (held !== undefined) credentials.verify(derOf(held));
  if (held !== undefined && hasAdmin(fleet, nowMs)) return;
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
