import { newSshKeyPair } from './key-pair.js';
import { readSshPublicKey } from './public-key.js';

/** The key by which the SSH server of one lease is known. */
export interface LeaseHostKey {
  /** The secret, of the lease's namespace, that has the private half. */
  readonly secret: string;
  /** The private half as OpenSSH reads it from a file. */
  readonly value: Uint8Array;
  /** The public half in one line, as known_hosts and renters have it. */
  readonly hostKey: string;
  /** As ssh shows it when it asks whether to trust a host. */
  readonly fingerprint: string;
}

/** Name of the secret that has the private half of a lease's host key. */
export function hostKeySecret(lease: string): string {
  return `lease-${lease}-host-key`;
}

/** Makes a fresh host key for a lease. */
export function newHostKey(lease: string): LeaseHostKey {
  const { privateKey, publicKey } = newSshKeyPair(`lease-${lease}`);
  const read = readSshPublicKey(publicKey);
  if (!read.ok) throw new RangeError(`no key for a lease called ${lease}: ${read.problem.expected}`);
  const { line, fingerprint } = read.key;
  return { secret: hostKeySecret(lease), value: Buffer.from(privateKey), hostKey: line, fingerprint };
}
