import { X509Certificate, createHash } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

/** Extended key usage of servers: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/**
 * Why the chain is none that an authority with this digest answers for; undefined when it is one: the certificate is a
 * server's, holds at this time (unix milliseconds), and is signed by a certificate of the chain whose public key has the digest.
 */
export function checkPinned(chain: DetailedPeerCertificate, digest: string, nowMs: number): Error | undefined {
  const authority = authoritiesOf(chain).find((certificate) => digestOfKey(certificate) === digest);
  if (authority === undefined) return new Error('the server shows no certificate of the authority that was named');
  const leaf = new X509Certificate(chain.raw);
  if (nowMs < Date.parse(leaf.validFrom) || nowMs > Date.parse(leaf.validTo))
    return new Error(
      'the certificate of the server has expired, or does not hold yet; look at the clocks of both machines',
    );
  const isServer = leaf.keyUsage.includes(SERVER_AUTH) && !leaf.ca;
  if (isServer && leaf.checkIssued(authority) && leaf.verify(authority.publicKey)) return undefined;
  return new Error('the certificate of the server is not signed by the authority that was named');
}

/** `sha256:` and the digest, in hex, of a certificate's public key (its SubjectPublicKeyInfo). */
export function digestOfKey(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

function authoritiesOf(chain: DetailedPeerCertificate): X509Certificate[] {
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
