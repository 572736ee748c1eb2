// The library's container of classes wants it first: https://github.com/PeculiarVentures/x509#installation
import 'reflect-metadata';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, X509Certificate } from '@peculiar/x509';
import type { OwnAuthorityFiles } from '../../coordinator/security/authority/own-authority.js';

const DAY_MS = 86_400_000;

/** What a certificate of a test's own authority is to be like. */
export interface TestCertificateParts {
  readonly name: string;
  /** Without one it signs itself. */
  readonly issuer?: TestCertificate;
  readonly curve?: 'P-256' | 'P-384';
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly usages?: KeyUsageFlags;
  readonly purposes?: readonly string[];
  /** IP addresses that a server with it is called by. */
  readonly addresses?: readonly string[];
  readonly fromMs: number;
  readonly days?: number;
}

/** A certificate, and the key to it. */
export interface TestCertificate {
  readonly certificate: X509Certificate;
  /** PKCS#8 in PEM. */
  readonly key: string;
  readonly signingKey: webcrypto.CryptoKey;
}

/** Makes a certificate as a company's own authority would. */
export async function makeCertificate(parts: TestCertificateParts): Promise<TestCertificate> {
  const { name, issuer, curve = 'P-256', ca = true, pathLength, fromMs, days = 365 } = parts;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'ECDSA', namedCurve: curve, hash: 'SHA-256' };
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const { usages = KeyUsageFlags.keyCertSign, purposes, addresses } = parts;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(ca, pathLength, true),
    new KeyUsagesExtension(usages, true),
    new SubjectKeyIdentifierExtension(Buffer.from(name).toString('hex')),
  ];
  if (issuer !== undefined)
    extensions.push(
      new AuthorityKeyIdentifierExtension(Buffer.from(issuer.certificate.subject.slice(3)).toString('hex')),
    );
  if (purposes !== undefined) extensions.push(new ExtendedKeyUsageExtension([...purposes]));
  if (addresses !== undefined)
    extensions.push(new SubjectAlternativeNameExtension(addresses.map((value) => ({ type: 'ip', value }))));
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: `CN=${name}`, issuer: issuer?.certificate.subject ?? `CN=${name}`, extensions },
    ...{ notBefore: new Date(fromMs), notAfter: new Date(fromMs + days * DAY_MS) },
    ...{ publicKey: spki, signingKey: issuer?.signingKey ?? signingKey, signingAlgorithm: algorithm },
  });
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), signingKey };
}

/** Writes an authority's certificate, those above it and its key, as an operator would. */
export async function writeOwnAuthority(
  folder: string,
  chain: readonly TestCertificate[],
  key = chain[0]?.key ?? '',
): Promise<OwnAuthorityFiles> {
  const files = { certificateFile: join(folder, 'authority.pem'), keyFile: join(folder, 'authority-key.pem') };
  await writeFile(files.certificateFile, chain.map(({ certificate }) => certificate.toString('pem')).join('\n'));
  await writeFile(files.keyFile, key);
  return files;
}
