import { X509Certificate } from 'node:crypto';
import type { HostKeyOf } from './port.js';

/** What knows the fleet's certificates again. */
export interface KnowsHosts {
  /** Whom a certificate (DER) speaks of now, or why it proves nothing. */
  verify(
    der: Uint8Array,
  ):
    | { readonly role: string; readonly hostId?: string | undefined; readonly serial: string }
    | { readonly refused: string };
  /** Whether that certificate, by its serial, was revoked. */
  isRevoked(serial: string): boolean;
}

/** Keys of hosts by the certificates that the fleet's authority gave them; those that were revoked, or are another's, have none. */
export function hostKeysBy(known: KnowsHosts): HostKeyOf {
  return (hostId, certificate) => {
    const holder = known.verify(certificate);
    if ('refused' in holder || holder.role !== 'agent' || holder.hostId !== hostId) return undefined;
    if (known.isRevoked(holder.serial)) return undefined;
    return new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  };
}
