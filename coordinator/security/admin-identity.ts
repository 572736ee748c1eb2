import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../common/observe/logger.js';
import { IDENTITY_FILES } from '../../common/config/index.js';
import { writeWhole } from '../../common/disk/index.js';
import type { Authority } from './authority/index.js';

/** What the first identity is made from. */
interface AdminIdentityParts {
  readonly authority: Pick<Authority, 'issueIdentity'>;
  readonly logger: Logger;
}

/** Makes, at the first start, the identity by which whoever may read this folder gives the coordinator its first orders. */
export async function keepAdminIdentity(folder: string, { authority, logger }: AdminIdentityParts): Promise<void> {
  // The certificate comes last: a start that was cut short makes all three again.
  if (await isThere(join(folder, IDENTITY_FILES.certificate))) return;
  const { key, authorities, certificate } = await authority.issueIdentity({ role: 'admin', name: 'admin' });
  await writeWhole(join(folder, IDENTITY_FILES.key), key);
  await writeWhole(join(folder, IDENTITY_FILES.authorities), authorities);
  await writeWhole(join(folder, IDENTITY_FILES.certificate), certificate);
  logger.info({ folder }, 'identity of an admin made: headframe --identity FOLDER uses it');
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
