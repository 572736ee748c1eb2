import { randomBytes } from 'node:crypto';
import { encrypt } from 'unixcrypt';
import type { CreateLeaseRequest } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';

/** Of a password, in bytes: 120 bits. */
const PASSWORD_BYTES = 15;

/**
 * A fresh password for root with its hash by crypt(3), SHA-512, where one is asked for; both empty otherwise. Throws
 * `HeadframeError` (failed_precondition, 'lease_passwords_off') where the fleet has none.
 */
export function passwordFor(
  { password: isWanted }: Pick<CreateLeaseRequest, 'password'>,
  { passwords }: { readonly passwords: boolean },
): { readonly password: string; readonly passwordHash: string } {
  if (!isWanted) return { password: '', passwordHash: '' };
  if (!passwords) throw passwordsOff();
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  return { password, passwordHash: encrypt(password) };
}

function passwordsOff(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'lease_passwords_off',
    message: 'leases of this fleet have no passwords',
    remedy: 'Give a public key, or log in by a certificate; the operator may allow passwords by leases.passwords.',
    violations: [{ path: 'password', value: 'true', expected: 'false' }],
  });
}
