import { createHash } from 'node:crypto';
import type { NetworkParameters } from '../../common/challenge/parameters.js';
import { keyOf } from '../../common/challenge/seed.js';
import { SeededStream } from '../../common/challenge/stream.js';
import type { Clock } from '../../common/model/clock.js';
import type { HostLink } from './host-link.js';

/** What a network's streams are run with. */
export interface NetworkParts {
  readonly link: HostLink;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly random: (bytes: number) => Buffer;
}

const NONCE_BYTES = 32;
/** One echo may take this long; the quickest counts. */
const ECHO_MS = 10_000;
/** A piece of a stream may take this long. */
const PIECE_MS = 30_000;

/** Sends nonces, each after the echo of the one before it: the quickest there and back, in milliseconds; undefined for a wrong echo. */
export async function quickestEcho({ link, clock, random }: NetworkParts, echoes: number): Promise<number | undefined> {
  let quickestMs = Infinity;
  for (let count = 0; count < echoes; count += 1) {
    const nonce = random(NONCE_BYTES);
    const sentMs = clock.monotonicMs();
    await link.send('echo', nonce);
    if (Buffer.compare(await link.next('echo', ECHO_MS), nonce) !== 0) return undefined;
    quickestMs = Math.min(quickestMs, clock.monotonicMs() - sentMs);
  }
  return quickestMs;
}

/** Sends a stream whose key nobody else has; the answer is what a receiver's receipt has to be. */
export async function sendDown({ link, random }: NetworkParts, { downBytes }: NetworkParameters): Promise<Buffer> {
  const [stream, receipt] = [new SeededStream(random(NONCE_BYTES)), createHash('sha256')];
  for (const piece of stream.pieces(downBytes)) {
    receipt.update(piece);
    await link.send('piece', piece);
  }
  return receipt.digest();
}

/** Takes the host's stream in; false where it is not the one that its seed and the reveal make. */
export async function isStreamRight(
  { link }: NetworkParts,
  { upBytes }: NetworkParameters,
  key: { readonly seed: Uint8Array; readonly reveal: Uint8Array },
): Promise<boolean> {
  const stream = new SeededStream(keyOf(key.seed, 'network up', key.reveal));
  for (const piece of stream.pieces(upBytes))
    if (Buffer.compare(await link.next('piece', PIECE_MS), piece) !== 0) return false;
  return true;
}
