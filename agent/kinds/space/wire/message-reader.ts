import { ByteReader } from '../format/byte-reader.js';
import { MESSAGE_CODES } from './message.js';
import type { MessageType, NodeMessage, Payloads, PeerAddress } from './message.js';

const MIB = 1024 * 1024;
const HASH_BYTES = 32;
const MINER_ID_BYTES = 33;
/** A length in groups of seven bits has no more of them. */
const LENGTH_GROUPS = 5;

type Readers = { readonly [Type in MessageType]: (reader: ByteReader) => Payloads[Type] };

const READERS: Readers = {
  Handshake: (reader) => ({
    protocolVersion: reader.i32(),
    timestamp: reader.i64(),
    nodeId: name(reader, 'node_id'),
    userAgent: name(reader, 'user_agent'),
  }),
  HandshakeAck: () => ({}),
  Heartbeat: () => ({}),
  Ping: echo,
  Pong: echo,
  GetPeers: (reader) => {
    const maxCount = reader.i32Within(1, 1000, 'max_count');
    return { maxCount, exclude: times(reader, 1000, () => shortText(reader)) };
  },
  Peers: (reader) => ({ peers: times(reader, 1000, () => peer(reader)) }),
  GetHeaders: (reader) => ({
    locator: reader.take(HASH_BYTES),
    stop: reader.u8() === 0 ? undefined : reader.take(HASH_BYTES),
    maxHeaders: positive(reader, 'max_headers'),
  }),
  Headers: (reader) => ({ headers: times(reader, 2000, () => cutBytes(reader, MIB, 'header')) }),
  GetBlock: (reader) => ({ hash: whole(reader, HASH_BYTES).take(HASH_BYTES) }),
  Block: (reader) => ({ data: body(reader, 16 * MIB) }),
  Transaction: (reader) => ({ data: body(reader, MIB) }),
  NewBlock: (reader) => ({ data: body(reader, 16 * MIB) }),
  TxPoolRequest: (reader) => ({
    maxTransactions: positive(reader, 'max_transactions'),
    includeData: reader.u8() !== 0,
  }),
  ProofSubmission: (reader) => {
    const height = reader.i64From(0n, 'height');
    const minerId = reader.take(MINER_ID_BYTES);
    const proof = cutBytes(reader, MIB, 'proof');
    if (proof.length === 0) throw reader.fault('proof', 'there is no proof in it');
    return { height, minerId, proof };
  },
  BlockAccepted: (reader) => {
    const hash = whole(reader, HASH_BYTES + 8).take(HASH_BYTES);
    return { hash, height: reader.i64From(0n, 'height') };
  },
};

// The keys of the table are its types.
const TYPES = new Map((Object.keys(READERS) as MessageType[]).map((type) => [MESSAGE_CODES[type], type]));

/** What reads the payload of a code; undefined for a code that is no message's. Reading throws `HeadframeError` ('space_message_malformed'). */
export function payloadReader(code: number): ((payload: Uint8Array) => NodeMessage) | undefined {
  const type = TYPES.get(code);
  if (type === undefined) return undefined;
  return (payload) => {
    const fields = READERS[type](new ByteReader(payload, 'space_message_malformed'));
    // The reader of a type gives what that type has.
    return { type, ...fields } as NodeMessage;
  };
}

function echo(reader: ByteReader): Payloads['Ping'] {
  return { nonce: reader.i64(), timestamp: reader.i64() };
}

function peer(reader: ByteReader): PeerAddress {
  const offset = reader.offset;
  const length = reader.i32();
  if (length !== 4 && length !== 16)
    throw reader.fault('address', `an address of ${String(length)} bytes, neither 4 nor 16`, offset);
  return { address: reader.take(length), port: reader.i32Within(0, 65_535, 'port') };
}

function positive(reader: ByteReader, field: string): number {
  return reader.i32Within(1, 2 ** 31 - 1, field);
}

/** A list; each entry takes a byte at least, so that a number alone makes nobody reserve memory. */
function times<Entry>(reader: ByteReader, most: number, read: () => Entry): readonly Entry[] {
  const count = reader.i32Within(0, most, 'count');
  const entries: Entry[] = [];
  while (entries.length < count) entries.push(read());
  return entries;
}

/** Bytes behind their length; the reference takes fewer where the message ends early. */
function cutBytes(reader: ByteReader, most: number, field: string): Buffer {
  const length = reader.i32Within(0, most, `${field}_bytes`);
  return reader.take(Math.min(length, reader.left));
}

function name(reader: ByteReader, field: string): string {
  const length = reader.i32Within(0, reader.left, `${field}_bytes`);
  const offset = reader.offset;
  const text = reader.take(length).toString('utf8');
  if (text.trim() === '') throw reader.fault(field, `${field} is blank`, offset);
  return text;
}

function shortText(reader: ByteReader): string {
  const offset = reader.offset;
  let length = 0;
  for (let group = 0; ; group += 1) {
    if (group === LENGTH_GROUPS) throw reader.fault('text_bytes', 'the length of a text does not end', offset);
    const byte = reader.u8();
    length += (byte & 127) * 2 ** (7 * group);
    if (byte < 128) return reader.take(length).toString('utf8');
  }
}

function body(reader: ByteReader, most: number): Buffer {
  const count = reader.left;
  if (count >= 1 && count <= most) return reader.take(count);
  throw reader.fault('body', `${String(count)} bytes, where 1 to ${String(most)} are allowed`);
}

function whole(reader: ByteReader, bytes: number): ByteReader {
  if (reader.left === bytes) return reader;
  throw reader.fault('size', `${String(reader.left)} bytes, where ${String(bytes)} are allowed`);
}
