import { HeadframeError } from '../../../../common/model/error.js';
import { i32, i64 } from '../format/integers.js';
import { MESSAGE_CODES } from './message.js';
import type { MessageOf, MessageType, Payloads, PeerAddress } from './message.js';

/** What the length before a frame may count: its type and its payload. */
export const MOST_FRAME_BYTES = 16_777_216;

type Writers = { readonly [Type in MessageType]: (payload: Payloads[Type]) => readonly Uint8Array[] };

const WRITERS: Writers = {
  Handshake: (it) => [i32(it.protocolVersion), i64(it.timestamp), ...text(it.nodeId), ...text(it.userAgent)],
  HandshakeAck: () => [],
  Heartbeat: () => [],
  Ping: (it) => [i64(it.nonce), i64(it.timestamp)],
  Pong: (it) => [i64(it.nonce), i64(it.timestamp)],
  GetPeers: ({ maxCount, exclude }) => [i32(maxCount), i32(exclude.length), ...exclude.flatMap(shortText)],
  Peers: ({ peers }) => [i32(peers.length), ...peers.flatMap(peer)],
  GetHeaders: (it) => [
    it.locator,
    Buffer.from([it.stop === undefined ? 0 : 1]),
    it.stop ?? Buffer.alloc(0),
    i32(it.maxHeaders),
  ],
  Headers: ({ headers }) => [i32(headers.length), ...headers.flatMap(sized)],
  GetBlock: ({ hash }) => [hash],
  Block: ({ data }) => [data],
  NewBlock: ({ data }) => [data],
  Transaction: ({ data }) => [data],
  TxPoolRequest: (it) => [i32(it.maxTransactions), Buffer.from([it.includeData ? 1 : 0])],
  ProofSubmission: (it) => [i64(it.height), it.minerId, ...sized(it.proof)],
  BlockAccepted: (it) => [it.hash, i64(it.height)],
};

/** A message as it is sent. Throws `HeadframeError` (invalid_argument, 'space_message_too_large') for one that no node may take. */
export function encodeFrame<Type extends MessageType>(message: MessageOf<Type>): Buffer {
  const type: Type = message.type;
  const payload = Buffer.concat(WRITERS[type](message));
  const length = 1 + payload.length;
  if (length > MOST_FRAME_BYTES) {
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'space_message_too_large',
      message: `a ${type} of ${String(length)} bytes is longer than the ${String(MOST_FRAME_BYTES)} that nodes take`,
      remedy: 'Put fewer transactions into the block.',
    });
  }
  return Buffer.concat([i32(length), Buffer.from([MESSAGE_CODES[type]]), payload]);
}

function peer({ address, port }: PeerAddress): readonly Buffer[] {
  return [...sized(address), i32(port)];
}

function sized(bytes: Buffer): readonly Buffer[] {
  return [i32(bytes.length), bytes];
}

function text(value: string): readonly Buffer[] {
  return sized(Buffer.from(value));
}

/** A text behind its length in groups of seven bits, the lowest first; the high bit of a byte says that more follow. */
function shortText(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value);
  const groups: number[] = [];
  let left = bytes.length;
  for (; left > 127; left >>>= 7) groups.push((left & 127) | 128);
  return [Buffer.from([...groups, left]), bytes];
}
