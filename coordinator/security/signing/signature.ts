import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What names a key: `sha256:` and the digest in hex of its SubjectPublicKeyInfo. */
export const FINGERPRINT = /^sha256:[0-9a-f]{64}$/;

/** Of a key in PEM; one of Ed25519 has 113 bytes. */
const LONGEST_PEM = 1_000;

/** Reads an Ed25519 public key in PEM; undefined for anything else, a private key included. */
export function readPublicKey(pem: string): KeyObject | undefined {
  // What reads keys takes private ones and certificates, too, and makes public keys of them.
  if (pem.length > LONGEST_PEM || !pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined; // no key
  }
}

/** The fingerprint of a public key. */
export function fingerprintOf(key: KeyObject): string {
  return `sha256:${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;
}

/** Whether a signature of 64 bytes is one of this content by this key. */
export function isSignedBy(key: KeyObject, content: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, content, key, signature);
}
