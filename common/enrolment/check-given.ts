import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { HeadframeError } from '../model/error.js';
import { issuerIn } from './issuer.js';
import type { Given } from './key-folder.js';

/**
 * A coordinator that gives what fits neither our key nor its own authority has a fault that would show only later. Throws
 * `HeadframeError` (internal, 'certificate_unfit').
 */
export function checkGiven({ certificate, authorities }: Given, key: KeyObject): void {
  const own = new X509Certificate(certificate);
  if (own.checkPrivateKey(key) && issuerIn(authorities, own) !== undefined) return;
  throw new HeadframeError({
    code: 'internal',
    reason: 'certificate_unfit',
    message: 'the coordinator gave a certificate that does not fit',
  });
}
