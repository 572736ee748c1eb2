import { KeyFolder } from '../enrolment/index.js';
import { HeadframeError } from '../model/error.js';
import type { Certificates } from '../rpc/index.js';

/** Folder, in the coordinator's data folder, of the identity that its first start makes. */
export const ADMIN_FOLDER = 'admin';

const KEY_MODE = 0o600;

/** The identity of a person or program on disk. */
export function identityFolder(folder: string): KeyFolder {
  return new KeyFolder(folder, {
    keyMode: KEY_MODE,
    remedy: `Move ${folder} away, and log in again by a line that headframe token create prints.`,
  });
}

/** Reads an identity. Throws `HeadframeError`: failed_precondition, 'identity_unreadable'; or data_loss, 'identity_damaged'. */
export async function readIdentity(folder: string): Promise<Certificates> {
  const held = await identityFolder(folder)
    .peek()
    .catch((error: unknown) => {
      throw error instanceof HeadframeError ? error : unreadable(folder, error);
    });
  if (held === undefined) throw unreadable(folder, 'it has no certificate');
  return held;
}

function unreadable(folder: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'identity_unreadable',
    message: `${folder} is no identity that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Name a folder with key.pem, certificate.pem and authorities.pem that you may read.',
    cause,
  });
}
