// The library's container of classes wants it first: https://github.com/PeculiarVentures/x509#installation
import 'reflect-metadata';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as Parsed,
} from '@peculiar/x509';
import { HeadframeError } from '../../../common/model/error.js';
import { readSigner } from './issue.js';
import type { Signer } from './issue.js';

/** Files, PEM, of an authority that the operator gives. */
export interface OwnAuthorityFiles {
  /** Its certificate, then those that lead from it to its root, the root included. */
  readonly certificateFile: string;
  /** Its key, PKCS#8 or SEC 1, without a passphrase. */
  readonly keyFile: string;
}

/** An authority that the operator gives. */
export interface OwnAuthority {
  readonly signer: Signer;
  /** Its own first, the root last. */
  readonly chain: readonly X509Certificate[];
}

/** What is wrong with one. */
type Wrong = keyof typeof WORDS;

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads it, and checks at this wall time (milliseconds) that certificates by it will be believed. Throws `HeadframeError`
 * (failed_precondition): 'own_authority_' and what is wrong with it.
 */
export async function readOwnAuthority(files: OwnAuthorityFiles, nowMs: number): Promise<OwnAuthority> {
  const { certificateFile, keyFile } = files;
  const chain = parseChain(await read(certificateFile), certificateFile);
  const key = parseKey(await read(keyFile), keyFile);
  const [first] = chain;
  if (first === undefined) throw wrong('malformed', certificateFile);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw wrong('algorithm', keyFile);
  if (!first.checkPrivateKey(key)) throw wrong('key_mismatch', keyFile);
  const fault = faultIn(chain, nowMs);
  if (fault !== undefined) throw wrong(fault, certificateFile);
  const signer = await readSigner(first.toString(), key.export({ type: 'pkcs8', format: 'der' }));
  return { signer, chain };
}

function faultIn(chain: readonly X509Certificate[], nowMs: number): Wrong | undefined {
  for (const [at, certificate] of chain.entries()) {
    if (!maySign(certificate)) return 'no_authority';
    // So many authorities may stand between it and what is signed at the end.
    if (pathLengthOf(certificate) < at) return 'path_length';
    if (nowMs < Date.parse(certificate.validFrom)) return 'not_yet_valid';
    if (nowMs > Date.parse(certificate.validTo)) return 'expired';
    // The last has to be its own issuer: a root.
    const issuer = chain[at + 1] ?? certificate;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return 'chain';
  }
  return undefined;
}

function maySign(certificate: X509Certificate): boolean {
  const usages = new Parsed(certificate.raw).getExtension(KeyUsagesExtension)?.usages;
  const mayCertify = usages === undefined || (usages & KeyUsageFlags.keyCertSign) !== 0;
  return certificate.ca && mayCertify && isForBoth(certificate);
}

/** Purposes that an authority is held to hold what it signs, too; Node gives them under this name, undefined for none. */
function isForBoth({ keyUsage }: { readonly keyUsage?: readonly string[] | undefined }): boolean {
  if (keyUsage === undefined || keyUsage.includes(ANY_PURPOSE)) return true;
  return PURPOSES.every((purpose) => keyUsage.includes(purpose));
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
const PURPOSES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'] as const;
const ANY_PURPOSE = '2.5.29.37.0';

function pathLengthOf(certificate: X509Certificate): number {
  return new Parsed(certificate.raw).getExtension(BasicConstraintsExtension)?.pathLength ?? Infinity;
}

function parseChain(text: string, path: string): X509Certificate[] {
  try {
    return (text.match(BLOCK) ?? []).map((pem) => new X509Certificate(pem));
  } catch (cause) {
    throw wrong('malformed', path, cause);
  }
}

function parseKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw wrong('malformed', path, cause);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw wrong('unreadable', path, cause);
  }
}

const WORDS = {
  unreadable: { what: 'cannot be read', remedy: 'Name a file that the user of the coordinator may read.' },
  malformed: {
    what: 'holds no certificate or key that can be read',
    remedy: 'Give PEM: certificates, and a key without a passphrase.',
  },
  algorithm: { what: 'is no ECDSA key on P-256', remedy: 'Have an authority made for the fleet with such a key.' },
  key_mismatch: {
    what: 'is not the key of the first certificate of security.authorityCertificateFile',
    remedy: 'Put the certificate of the authority first, then those that lead from it to its root.',
  },
  no_authority: {
    what: 'holds a certificate that may not sign those of servers and clients',
    remedy:
      'Have it made for an authority: basic constraints CA, key usage keyCertSign, and no extended key usage or both of serverAuth and clientAuth.',
  },
  path_length: {
    what: 'holds a certificate whose path length lets the authority below it sign nothing',
    remedy: 'Have the authority above it made with a greater path length, or without one.',
  },
  expired: { what: 'holds a certificate that has expired', remedy: 'Have it made anew.' },
  not_yet_valid: { what: 'holds a certificate that is not valid yet', remedy: 'Look at the clock of this machine.' },
  chain: {
    what: 'does not lead to a root',
    remedy:
      'Put the certificates that have signed each other one after the other, the root, which signed itself, last.',
  },
} as const;

function wrong(which: Wrong, path: string, cause?: unknown): HeadframeError {
  const { what, remedy } = WORDS[which];
  const reason = `own_authority_${which}`;
  return new HeadframeError({ code: 'failed_precondition', reason, message: `${path} ${what}`, remedy, cause });
}
