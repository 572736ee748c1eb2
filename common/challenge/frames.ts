import { HeadframeError } from '../model/error.js';
import { TILE_BYTES } from './gemm.js';
import type { ChallengeParameters } from './parameters.js';

/** What a frame carries, in the order of the numbers that stand in it, from 1; see proto/headframe/v1/challenge.proto. */
const KINDS = ['ready', 'start', 'commit', 'reveal', 'open', 'failure', 'echo', 'piece', 'work'] as const;

/** What a frame carries. */
export type FrameKind = (typeof KINDS)[number];

/** The number that stands for a kind. */
export function frameNumber(kind: FrameKind): number {
  return KINDS.indexOf(kind) + 1;
}

/** One message between prover, agent and verifier. */
export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 5;
const KIB = 1024;
/** Most bytes of each kind; of `open` where nothing else is said. */
const MOST: Readonly<Record<FrameKind, number>> = {
  ready: 16 * KIB,
  start: 4 * KIB,
  commit: 1024 * KIB,
  reveal: KIB,
  open: 64 * KIB * KIB,
  failure: 8 * KIB,
  echo: KIB,
  piece: 64 * KIB,
  work: 16 * KIB,
};
/** Of an opening besides its leaf: numbers, and siblings up to a tree of 2^28 leaves. */
const PROOF_BYTES = 30 * 34 + 64;
const BLOCK_BYTES = 4 * KIB;
/** Blocks that prove one node: its own, the one of the node before, and those of both parents. */
const AUDIT_BLOCKS = 4;
const READ_BLOCKS = 16;

/** A frame as it is sent. */
export function encodeFrame(kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length);
  frame[4] = frameNumber(kind);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Most bytes that an honest opening of these parameters takes, and no less than 64 KiB. */
export function openBytes(parameters: ChallengeParameters): number {
  switch (parameters.type) {
    case 'cpu':
      return 64 * KIB + 2 * parameters.samples * (64 + PROOF_BYTES);
    case 'disk': {
      const { stage, samples, layers, reads } = parameters;
      const blocks = stage === 'plot' ? samples * layers * AUDIT_BLOCKS : reads * READ_BLOCKS;
      return 64 * KIB + blocks * (BLOCK_BYTES + PROOF_BYTES);
    }
    case 'gpu':
      return 64 * KIB + 2 * parameters.samples * (TILE_BYTES + PROOF_BYTES);
    case 'memory':
    case 'network':
      return 64 * KIB;
  }
}

/**
 * Frames out of pieces of any size; the payloads are the receiver's to keep. Throws `HeadframeError` (invalid_argument,
 * 'challenge_frame_invalid') for a kind that there is not and for one that is too long, before its bytes are taken in.
 */
export async function* readFrames(
  pieces: AsyncIterable<Uint8Array>,
  mostOpenBytes: number = MOST.open,
): AsyncGenerator<Frame> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    // Joined once there is enough for what stands first, so that a long frame of short pieces is not copied at each.
    while (size >= needed(held, mostOpenBytes)) {
      const joined = held.length === 1 && held[0] !== undefined ? Buffer.from(held[0]) : Buffer.concat(held);
      const { kind, end } = headerOf(joined, mostOpenBytes);
      yield { kind, payload: Uint8Array.from(joined.subarray(HEADER_BYTES, end)) };
      held = end === joined.length ? [] : [joined.subarray(end)];
      size -= end;
    }
  }
}

/** Bytes that have to be there for the first frame to be whole. */
function needed(held: Uint8Array[], mostOpenBytes: number): number {
  const [first, ...rest] = held;
  if (first === undefined) return HEADER_BYTES;
  if (first.length < HEADER_BYTES && rest.length > 0) held.splice(0, held.length, Buffer.concat(held));
  const head = held[0] ?? first;
  return head.length < HEADER_BYTES ? HEADER_BYTES : headerOf(Buffer.from(head), mostOpenBytes).end;
}

function headerOf(bytes: Buffer, mostOpenBytes: number): { readonly kind: FrameKind; readonly end: number } {
  const length = bytes.readUInt32BE();
  const kind = KINDS[(bytes[4] ?? 0) - 1];
  if (kind === undefined) throw invalid(`a frame of the unknown kind ${String(bytes[4])}`);
  const most = kind === 'open' ? Math.min(mostOpenBytes, MOST.open) : MOST[kind];
  if (length > most) throw invalid(`a frame '${kind}' of ${String(length)} bytes, where ${String(most)} are the most`);
  return { kind, end: HEADER_BYTES + length };
}

function invalid(what: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'challenge_frame_invalid',
    message: `the other side of a challenge sent ${what}`,
    remedy: 'Run the same version of the agent and the coordinator.',
  });
}
