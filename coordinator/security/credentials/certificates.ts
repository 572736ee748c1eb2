import { X509Certificate, createHash } from 'node:crypto';
import type { CredentialRecord, Grant } from '../../../common/model/access.js';
import type { Role } from '../../../common/model/caller.js';

/** Whom a certificate is for. */
export type Holder =
  { readonly role: 'agent'; readonly hostId: string } | (Grant & { readonly role: Exclude<Role, 'agent'> });

/** What knows certificates again. */
interface Knows {
  verify(der: Uint8Array): { readonly issuer: string } | { readonly refused: string };
}

/** What of a certificate, PEM or DER, that this authority has signed is kept. */
export function describeCertificate(
  certificate: string | Uint8Array,
  authority: Knows,
): Pick<CredentialRecord, 'serial' | 'keyHash' | 'notAfterMs' | 'issuer'> {
  const parsed = new X509Certificate(certificate);
  const key = parsed.publicKey.export({ type: 'spki', format: 'der' });
  const verified = authority.verify(parsed.raw);
  return {
    ...('issuer' in verified ? { issuer: verified.issuer } : {}),
    serial: parsed.serialNumber.toLowerCase(),
    keyHash: createHash('sha256').update(key).digest('hex'),
    notAfterMs: Date.parse(parsed.validTo),
  };
}

/** What of its holder is kept. */
export function recordOf(holder: Holder): Pick<CredentialRecord, 'role' | 'hostId' | 'name' | 'namespaces'> {
  if (holder.role === 'agent') return { role: 'agent', hostId: holder.hostId };
  const { role, name, namespaces } = holder;
  return { role, name, ...(namespaces === undefined ? {} : { namespaces }) };
}

/** Whom a certificate of a person or program was for; undefined for those of hosts. */
export function subjectOf({ role, name = '', namespaces }: CredentialRecord): Holder | undefined {
  return role === 'agent' ? undefined : { role, name, namespaces };
}

/** Whether a certificate proves its holder at that wall time. */
export function isValid({ revokedAtMs, notAfterMs }: CredentialRecord, nowMs: number): boolean {
  return revokedAtMs === undefined && nowMs < notAfterMs;
}
