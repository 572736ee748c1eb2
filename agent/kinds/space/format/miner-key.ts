import { secp256k1 } from '@noble/curves/secp256k1';
import { HeadframeError } from '../../../../common/model/error.js';

/** Bytes of a private key and of its file. */
const PRIVATE_KEY_BYTES = 32;

/** A key that blocks are signed with. */
export interface MinerKey {
  /** Compressed, 33 bytes: the miner's name. */
  readonly minerId: Buffer;
  /** The 32 bytes that leaves are bound to: the x coordinate. */
  readonly plotKey: Buffer;
  /** Signs a digest of 32 bytes as it is: r and s of 32 bytes each, low s, and the nonce of RFC 6979. */
  sign(digest: Uint8Array): Buffer;
}

/** Opens a private key. Throws `HeadframeError` (invalid_argument, 'space_key_invalid') unless it is 32 bytes within 1 … order − 1. */
export function openMinerKey(privateKey: Uint8Array): MinerKey {
  if (privateKey.length !== PRIVATE_KEY_BYTES || !secp256k1.utils.isValidSecretKey(privateKey)) {
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'space_key_invalid',
      message: `a miner's key is 32 bytes of a secp256k1 key, and these ${String(privateKey.length)} bytes are not`,
      remedy: 'Give the file that the miner wrote, or let it make another in another place.',
    });
  }
  const secret = Uint8Array.from(privateKey);
  const minerId = Buffer.from(secp256k1.getPublicKey(secret, true));
  return {
    minerId,
    plotKey: minerId.subarray(1),
    sign: (digest) => Buffer.from(secp256k1.sign(digest, secret, { prehash: false, lowS: true }).toBytes('compact')),
  };
}

/** Whether a signature of 64 bytes over a digest is of a compressed key; high s is taken, too, as others may write it. */
export function isSignedBy(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: false, format: 'compact' });
  } catch {
    // A key that is not on the curve, or a signature of another length.
    return false;
  }
}
