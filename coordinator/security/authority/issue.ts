// The library's container of classes wants it first: https://github.com/PeculiarVentures/x509#installation
import 'reflect-metadata';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension } from '@peculiar/x509';
import { HeadframeError } from '../../../common/model/error.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of hosts may be behind by this much, in milliseconds. */
const SKEW_MS = 5 * 60_000;

/** A key of its own and its public half; DER. */
export interface KeyPair {
  readonly pkcs8: Buffer;
  readonly spki: Uint8Array<ArrayBuffer>;
}

/** From now on for `lifeMs`. */
export interface Validity {
  readonly nowMs: number;
  readonly lifeMs: number;
}

/** Signs with an authority's key. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/** What is signed for whom. */
export interface LeafRequest extends Validity {
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly use: 'server' | 'client';
  readonly commonName: string;
  readonly names: readonly AlternativeName[];
}

/** One of those that a certificate speaks for. */
export interface AlternativeName {
  readonly type: 'dns' | 'ip' | 'url';
  readonly value: string;
}

/** A new ECDSA key on P-256. */
export function makeKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { pkcs8: privateKey, spki: new Uint8Array(publicKey) };
}

/**
 * A certificate with which an authority signs others, signed by itself. The one that replaces another takes its name over:
 * that makes a cross-signed certificate one that was issued to itself, which no bound on the length of a chain counts
 * (https://www.rfc-editor.org/rfc/rfc5280#section-6.1.4).
 */
export async function makeAuthorityCertificate(
  keys: KeyPair,
  { nowMs, lifeMs }: Validity,
  name = `CN=Headframe authority ${randomBytes(4).toString('hex')}, O=Headframe`,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: name,
    issuer: name,
    notBefore: new Date(nowMs - SKEW_MS),
    notAfter: new Date(nowMs + lifeMs),
    publicKey: keys.spki,
    signingKey: await signingKey(keys.pkcs8),
    signingAlgorithm: ALGORITHM,
    extensions: extensionsOfAuthority(keys.spki),
  });
}

/** The certificate of another authority, signed by this one, so that whoever trusts this one trusts that one. */
export async function crossSign(signer: Signer, other: X509Certificate): Promise<X509Certificate> {
  const spki = new Uint8Array(other.publicKey.rawData);
  return X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: other.subject,
    issuer: signer.certificate.subject,
    notBefore: other.notBefore,
    notAfter: new Date(Math.min(other.notAfter.getTime(), signer.certificate.notAfter.getTime())),
    publicKey: spki,
    signingKey: signer.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...extensionsOfAuthority(spki),
      // The two have one name: by this they are told apart.
      new AuthorityKeyIdentifierExtension(keyIdOf(signer.certificate)),
    ],
  });
}

function extensionsOfAuthority(spki: Uint8Array<ArrayBuffer>): Extension[] {
  return [
    // It signs what programs hold, and no further authority.
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new SubjectKeyIdentifierExtension(keyId(spki)),
  ];
}

/** Reads an authority that `makeAuthorityCertificate` made. */
export async function readSigner(certificate: string, pkcs8: Uint8Array): Promise<Signer> {
  return { certificate: new X509Certificate(certificate), key: await signingKey(pkcs8) };
}

/** Signs a certificate of a program. */
export async function issueLeaf(signer: Signer, leaf: LeafRequest): Promise<X509Certificate> {
  const { nowMs, lifeMs, use, names } = leaf;
  const purpose = use === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  const notAfterMs = Math.min(nowMs + lifeMs, signer.certificate.notAfter.getTime());
  return X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [leaf.commonName.slice(0, LONGEST_COMMON_NAME)] }],
    issuer: signer.certificate.subject,
    notBefore: new Date(nowMs - SKEW_MS),
    notAfter: new Date(notAfterMs),
    publicKey: leaf.spki,
    signingKey: signer.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([purpose], true),
      new SubjectAlternativeNameExtension([...names]),
      new SubjectKeyIdentifierExtension(keyId(leaf.spki)),
      new AuthorityKeyIdentifierExtension(keyIdOf(signer.certificate)),
    ],
  });
}

/**
 * The public key (SPKI) of a request whose maker has proven to hold the other half. Throws `HeadframeError`:
 * invalid_argument, 'certificate_request_invalid'.
 */
export async function readRequest(pem: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const request = new Pkcs10CertificateRequest(pem);
    const spki = Buffer.from(request.publicKey.rawData);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    if (isP256 && (await request.verify())) return new Uint8Array(spki);
  } catch (cause) {
    throw invalidRequest(cause);
  }
  throw invalidRequest();
}

/** As a server's alternative name. */
export function hostName(name: string): AlternativeName {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}

const LONGEST_COMMON_NAME = 64;

function signingKey(pkcs8: Uint8Array): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
}

/** As the authority says itself: one that was made elsewhere may count it in another way. */
function keyIdOf(authority: X509Certificate): string {
  const own = authority.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  return own ?? keyId(new Uint8Array(authority.publicKey.rawData));
}

function keyId(spki: Uint8Array<ArrayBuffer>): string {
  return createHash('sha256').update(spki).digest('hex').slice(0, 40);
}

/** 127 random bits, positive, and never beginning with a zero byte, which one reader would show and another not. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function invalidRequest(cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'certificate_request_invalid',
    message: 'the certificate request is none, or is not signed by its own ECDSA P-256 key',
    cause,
  });
}
