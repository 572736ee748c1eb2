import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SshWriter } from './wire.js';

/** A fresh Ed25519 key in the forms of OpenSSH. */
export interface SshKeyPair {
  /** The file of a private key, not encrypted: what is kept of it is sealed. */
  readonly privateKey: string;
  /** Type, base64 and comment in one line. */
  readonly publicKey: string;
}

/** What OpenSSH's PROTOCOL.key calls AUTH_MAGIC. */
const MAGIC = 'openssh-key-v1\0';
const TYPE = 'ssh-ed25519';
const SEED_BYTES = 32;
/** The least cipher block, to which the private part is padded. */
const BLOCK = 8;
const LINE_LENGTH = 70;

/** Makes a key; the comment is printable and has no line's end. */
export function newSshKeyPair(comment: string): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const [pub, seed, blob] = [rawPublic(publicKey), rawSeed(privateKey), blobOf(publicKey)];
  const text = privateFile(blob, privatePart({ pub, seed, comment }));
  seed.fill(0);
  return { privateKey: text, publicKey: `${TYPE} ${blob.toString('base64')} ${comment}` };
}

/** An Ed25519 public key, of which PEM was given, as SSH sends it (RFC 8709, section 4). */
export function ed25519BlobOf(pem: string): Buffer {
  return blobOf(createPublicKey(pem));
}

function blobOf(key: KeyObject): Buffer {
  return new SshWriter().string(TYPE).string(rawPublic(key)).bytes();
}

/** The 32 bytes at the end of its SubjectPublicKeyInfo (RFC 8410). */
function rawPublic(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-SEED_BYTES);
}

/** The seed, which stands at the end of its PKCS #8 (RFC 8410). */
function rawSeed(key: KeyObject): Buffer {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  const seed = Buffer.from(der.subarray(-SEED_BYTES));
  der.fill(0);
  return seed;
}

function privatePart({ pub, seed, comment }: Readonly<Record<'pub' | 'seed', Buffer> & { comment: string }>): Buffer {
  // Twice the same: who decrypts with a wrong passphrase sees it by them.
  const check = randomBytes(4);
  const part = new SshWriter()
    .raw(check)
    .raw(check)
    .string(TYPE)
    .string(pub)
    .string(Buffer.concat([seed, pub]))
    .string(comment)
    .bytes();
  const missing = (BLOCK - (part.length % BLOCK)) % BLOCK;
  return Buffer.concat([part, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))]);
}

function privateFile(blob: Buffer, part: Buffer): string {
  const bytes = new SshWriter()
    .raw(Buffer.from(MAGIC))
    .string('none')
    .string('none')
    .string('')
    .uint32(1)
    .string(blob)
    .string(part)
    .bytes();
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${String(LINE_LENGTH)}}`, 'g')) ?? [];
  bytes.fill(0);
  part.fill(0);
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}
