import { hkdfSync } from 'node:crypto';
import { DIGEST_BYTES, framed, u64 } from './digest.js';
import { parameterBytes } from './parameters.js';
import type { ChallengeParameters } from './parameters.js';

/** What a seed is bound to. */
export interface SeedInput {
  /** 32 fresh random bytes of the verifier's. */
  readonly nonce: Uint8Array;
  /** Public key of the host in DER (SubjectPublicKeyInfo). */
  readonly hostKey: Uint8Array;
  readonly parameters: ChallengeParameters;
  /** What is proven for: id of a lease or challenge. */
  readonly subject: string;
  /** Of the coordinator: what an earlier one asked proves nothing to a later one. */
  readonly epoch: number;
}

/**
 * Seed of a challenge, 32 bytes: HKDF-SHA256 (RFC 5869) of the nonce with the host's key as salt and all else as info. No
 * two hosts have the same one, and nobody has it before the nonce is told.
 */
export function seedOf({ nonce, hostKey, parameters, subject, epoch }: SeedInput): Buffer {
  const info = framed('headframe challenge 1', parameterBytes(parameters), subject, u64(epoch));
  return Buffer.from(hkdfSync('sha256', nonce, hostKey, shortened(info), DIGEST_BYTES));
}

/** A further key out of a seed, apart from all that have another name. */
export function keyOf(seed: Uint8Array, name: string, nonce: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.from(hkdfSync('sha256', seed, nonce, framed('headframe challenge key 1', name), DIGEST_BYTES));
}

/** Node's HKDF takes at most 1024 bytes of info, which a long subject would pass. */
function shortened(info: Buffer): Buffer {
  if (info.length > 1024) throw new RangeError(`${String(info.length)} bytes of info are more than HKDF takes`);
  return info;
}
