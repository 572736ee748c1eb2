import { X509Certificate } from 'node:crypto';
import type { Certificates } from '../rpc/index.js';

/** From when to when a certificate is good; unix milliseconds. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From when to when the certificate holds. */
export function validityOf({ certificate }: Pick<Certificates, 'certificate'>): Validity {
  const { validFrom, validTo } = new X509Certificate(certificate);
  return { fromMs: Date.parse(validFrom), toMs: Date.parse(validTo) };
}
