import { X509Certificate } from 'node:crypto';

const ONE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Which of these authorities, in PEM, has signed the certificate; undefined where none has. */
export function issuerIn(authorities: string, certificate: X509Certificate): X509Certificate | undefined {
  return (authorities.match(ONE) ?? [])
    .map((pem) => new X509Certificate(pem))
    .find((authority) => isSignedBy(certificate, authority));
}

/** By its key, not by its name alone: an authority that replaces another has the same. */
export function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
