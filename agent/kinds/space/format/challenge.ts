import { sha256 } from '../../../../common/challenge/digest.js';
import { i64 } from './integers.js';

/** The challenge of the first block of a network. */
export function genesisChallenge(networkId: string): Buffer {
  return sha256(Buffer.from(networkId));
}

/** The challenge of an epoch (0 or more), which is the height of the block that is mined. */
export function challengeOf(previousBlockHash: Uint8Array, epoch: bigint): Buffer {
  return sha256(previousBlockHash, i64(epoch));
}

/** How good a leaf answers a challenge: compared byte by byte, lower is better. */
export function scoreOf(challenge: Uint8Array, leaf: Uint8Array): Buffer {
  return sha256(challenge, leaf);
}
