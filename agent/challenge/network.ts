import { createHash } from 'node:crypto';
import type { NetworkParameters } from '../../common/challenge/parameters.js';
import { keyOf } from '../../common/challenge/seed.js';
import { SeededStream } from '../../common/challenge/stream.js';
import { nextPayload } from './link.js';
import type { VerifierLink } from './link.js';

/** Echoes every nonce as it comes, and takes the verifier's stream in; the answer is its digest, which nobody else can know. */
export async function echoAndReceive(link: VerifierLink, { echoes, downBytes }: NetworkParameters): Promise<Buffer> {
  for (let count = 0; count < echoes; count += 1) await link.send('echo', await nextPayload(link.frames, 'echo'));
  const receipt = createHash('sha256');
  for (let received = 0; received < downBytes;) {
    const piece = await nextPayload(link.frames, 'piece');
    receipt.update(piece);
    received += Math.max(1, piece.length);
  }
  return receipt.digest();
}

/** Sends the stream whose key only the reveal completes. */
export async function sendStream(
  link: VerifierLink,
  { upBytes }: NetworkParameters,
  key: { readonly seed: Uint8Array; readonly reveal: Uint8Array },
): Promise<void> {
  const stream = new SeededStream(keyOf(key.seed, 'network up', key.reveal));
  for (const piece of stream.pieces(upBytes)) await link.send('piece', piece);
}
