import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { CertificateSource } from './security.js';

/**
 * TLS 1.3 by the source's newest certificates. No session is taken up again: each connection proves its certificate, and to
 * seal what would allow it costs CPU.
 */
export function secureContextOf(source: Pick<CertificateSource, 'current'>): SecureContextOptions {
  const { certificate, key, authorities } = source.current();
  const secureOptions = constants.SSL_OP_NO_TICKET;
  return { cert: certificate, key, ca: authorities, minVersion: 'TLSv1.3', secureOptions };
}
