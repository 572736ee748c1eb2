import { X509Certificate, createHash } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { ConnectionFault } from './connection-fault.js';

/** Extended key usage of servers: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/**
 * Why the chain is none that an authority with this digest answers for; undefined when it is one: the certificate is a
 * server's, holds at this time (unix milliseconds), and signatures lead from it to a certificate of the chain whose public key
 * has the digest. More than one signature there is while an authority is being replaced, cross-signed by the one before.
 */
export function checkPinned(
  chain: DetailedPeerCertificate,
  digest: string,
  nowMs: number,
): ConnectionFault | undefined {
  const [leaf, ...authorities] = certificatesOf(chain);
  const at = authorities.findIndex((certificate) => digestOfKey(certificate) === digest);
  if (leaf === undefined || at === -1)
    return new ConnectionFault('authority_mismatch', 'the server shows no certificate of the authority that was named');
  if (nowMs < Date.parse(leaf.validFrom) || nowMs > Date.parse(leaf.validTo))
    return new ConnectionFault(
      'coordinator_certificate_expired',
      'the certificate of the server has expired, or does not hold yet',
    );
  const isServer = leaf.keyUsage.includes(SERVER_AUTH) && !leaf.ca;
  const path = [leaf, ...authorities.slice(0, at + 1)];
  if (isServer && path.every((certificate, index) => isSignedBy(certificate, path[index + 1]))) return undefined;
  return new ConnectionFault(
    'authority_mismatch',
    'the certificate of the server is not signed by the authority that was named',
  );
}

/** The last one answers for itself: it has the digest. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate | undefined): boolean {
  if (issuer === undefined) return true;
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** `sha256:` and the digest, in hex, of a certificate's public key (its SubjectPublicKeyInfo). */
export function digestOfKey(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

function certificatesOf(chain: DetailedPeerCertificate): X509Certificate[] {
  const found: X509Certificate[] = [];
  // The last one is its own issuer.
  for (let at = chain; found.length < LONGEST_CHAIN; at = at.issuerCertificate) {
    found.push(new X509Certificate(at.raw));
    // The type has it always; where an issuer was not shown it is missing.
    const next = at.issuerCertificate as DetailedPeerCertificate | undefined;
    if (next === undefined || next === at) return found;
  }
  return found;
}

const LONGEST_CHAIN = 8;
