import { X509Certificate, createHash } from 'node:crypto';
import { digestOfKey } from '../../../common/rpc/index.js';
import { parseCoordinator, parseSubject } from './subject.js';
import type { Subject } from './subject.js';

/** A certificate that an authority has signed for a client or an agent, and that is valid now. */
export type VerifiedCertificate = Subject & {
  /** In lower-case hex. */
  readonly serial: string;
  /** Wall time in milliseconds. */
  readonly notAfterMs: number;
  /** Digest of the authority that has signed it. */
  readonly issuer: string;
};

/** Why a certificate proves nothing. */
export type Refusal = 'expired' | 'not_yet_valid' | 'foreign' | 'malformed';

interface Signed {
  /** Undefined where it speaks of a coordinator. */
  readonly verified: VerifiedCertificate | undefined;
  /** Its name, where it speaks of one. */
  readonly coordinator: string | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Extended key usage of clients: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** Certificates whose signature is remembered; a fleet of ten thousand hosts fits. */
const MOST_REMEMBERED = 16_384;

/** Looks at certificates; a signature that was checked once is not checked again, the time always is. */
export class Verifier {
  readonly #authorities: readonly { readonly certificate: X509Certificate; readonly digest: string }[];
  readonly #remembered = new Map<string, Signed>();

  constructor(authorities: readonly X509Certificate[]) {
    this.#authorities = authorities.map((certificate) => ({ certificate, digest: digestOfKey(certificate) }));
  }

  /** Whom a certificate (DER) speaks of at that wall time, or why it proves nothing. */
  verify(der: Uint8Array, nowMs: number, which?: 'also expired'): VerifiedCertificate | { readonly refused: Refusal } {
    const signed = this.#signed(der, nowMs, which);
    if ('refused' in signed) return signed;
    // What a coordinator proves to others does not make it a caller.
    return signed.verified ?? { refused: 'malformed' };
  }

  /** Of which coordinator a certificate (DER) speaks at that wall time; undefined for any other. */
  coordinatorOf(der: Uint8Array, nowMs: number): string | undefined {
    const signed = this.#signed(der, nowMs);
    return 'refused' in signed ? undefined : signed.coordinator;
  }

  #signed(der: Uint8Array, nowMs: number, which?: 'also expired'): Signed | { readonly refused: Refusal } {
    const key = createHash('sha256').update(der).digest('base64');
    const signed = this.#remembered.get(key) ?? this.#check(der);
    if ('refused' in signed) return signed;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, signed);
    if (nowMs < signed.notBeforeMs) return { refused: 'not_yet_valid' };
    if (nowMs > signed.notAfterMs && which === undefined) return { refused: 'expired' };
    return signed;
  }

  #check(der: Uint8Array): Signed | { readonly refused: Refusal } {
    try {
      const certificate = new X509Certificate(der);
      const issuer = this.#authorities.find((authority) => isSignedBy(certificate, authority.certificate));
      return issuer === undefined ? { refused: 'foreign' } : read(certificate, issuer.digest);
    } catch {
      return { refused: 'malformed' };
    }
  }
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function read(certificate: X509Certificate, issuer: string): Signed | { readonly refused: Refusal } {
  const uri = uriOf(certificate.subjectAltName ?? '');
  const [subject, coordinator] = [parseSubject(uri), parseCoordinator(uri)];
  // Servers have certificates of the same authority, which must not do for a client's.
  const isClient = !certificate.ca && certificate.keyUsage.includes(CLIENT_AUTH);
  if ((subject ?? coordinator) === undefined || !isClient) return { refused: 'malformed' };
  const [notBeforeMs, notAfterMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const serial = certificate.serialNumber.toLowerCase();
  return { verified: subject && { ...subject, serial, notAfterMs, issuer }, coordinator, notBeforeMs, notAfterMs };
}

/** Node quotes a name with a comma in it as JSON: https://nodejs.org/api/crypto.html#x509subjectaltname */
function uriOf(alternativeName: string): string {
  const text = alternativeName.replace(/^URI:/, '');
  return text.startsWith('"') ? String(JSON.parse(text)) : text;
}
