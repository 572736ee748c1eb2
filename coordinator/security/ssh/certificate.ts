import type { SshPublicKey } from './public-key.js';
import { SshReader, SshWriter } from './wire.js';

/** What a user certificate says; format: OpenSSH's PROTOCOL.certkeys. */
export interface CertificateFacts {
  /** Whose certificate it is. */
  readonly key: SshPublicKey;
  readonly serial: bigint;
  /** For the log of whoever lets its holder in. */
  readonly keyId: string;
  /** The one name under which it lets in. */
  readonly principal: string;
  /** Milliseconds since 1970; begin and end round inwards to seconds. */
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** Names of what it permits; each without a value. */
  readonly extensions: readonly string[];
}

/** Who signs. */
export interface CertificateSigner {
  /** As SSH sends it. */
  readonly blob: Buffer;
  /** Of 64 bytes, by the Ed25519 key. */
  sign(content: Uint8Array): Promise<Buffer>;
}

/** The number of a user's certificate; 2 is a host's. */
const USER_CERTIFICATE = 1;
const NONCE_BYTES = 32;

/** Certifies a key: one line as in a -cert.pub file, with nothing behind the certificate. `nonce` has 32 random bytes. */
export async function certify(facts: CertificateFacts, nonce: Uint8Array, signer: CertificateSigner): Promise<string> {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce of ${String(nonce.length)} bytes`);
  const type = certificateType(facts.key.type);
  const { serial, keyId, principal, validFromMs, validUntilMs, extensions } = facts;
  const unsigned = new SshWriter()
    .string(type)
    .string(nonce)
    .raw(fieldsOf(facts.key))
    .uint64(serial)
    .uint32(USER_CERTIFICATE)
    .string(keyId)
    .string(new SshWriter().string(principal).bytes())
    .uint64(BigInt(Math.ceil(validFromMs / 1_000)))
    .uint64(BigInt(Math.floor(validUntilMs / 1_000)))
    // No critical options.
    .string('')
    .string(permitting(extensions))
    // Reserved.
    .string('')
    .string(signer.blob)
    .bytes();
  const signature = new SshWriter().string('ssh-ed25519').string(await signer.sign(unsigned));
  const whole = new SshWriter().raw(unsigned).string(signature.bytes()).bytes();
  return `${type} ${whole.toString('base64')}`;
}

function certificateType(type: string): string {
  return `${type.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`;
}

/** What follows the type in a key stands in its certificates, too. */
function fieldsOf({ blob }: SshPublicKey): Buffer {
  const type = new SshReader(blob).string();
  return blob.subarray(4 + type.length);
}

/** Names have to be in order. */
function permitting(extensions: readonly string[]): Buffer {
  const writer = new SshWriter();
  for (const name of [...extensions].sort()) writer.string(name).string('');
  return writer.bytes();
}
