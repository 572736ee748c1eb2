import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadframeError } from '../model/error.js';
import type { Certificates } from '../rpc/index.js';

/** Names of the files, all PEM, that a folder with an identity holds. */
export const IDENTITY_FILES = {
  key: 'key.pem',
  certificate: 'certificate.pem',
  authorities: 'authorities.pem',
} as const;

/** Folder, in the coordinator's data folder, of the identity that its first start makes. */
export const ADMIN_FOLDER = 'admin';

/** Reads an identity. Throws `HeadframeError`: failed_precondition, 'identity_unreadable'. */
export async function readIdentity(folder: string): Promise<Certificates> {
  const read = (name: string): Promise<Buffer> => readFile(join(folder, name));
  try {
    const [key, certificate, authorities] = await Promise.all([
      read(IDENTITY_FILES.key),
      read(IDENTITY_FILES.certificate),
      read(IDENTITY_FILES.authorities),
    ]);
    return { key, certificate, authorities };
  } catch (cause) {
    throw new HeadframeError({
      code: 'failed_precondition',
      reason: 'identity_unreadable',
      message: `${folder} is no identity that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: 'Name a folder with key.pem, certificate.pem and authorities.pem that you may read.',
      cause,
    });
  }
}
