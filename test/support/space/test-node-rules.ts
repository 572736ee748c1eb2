// Written from the protocol alone: it shares no code with the miner, so that it can disagree.
import { createHash, createPublicKey, ECDH, verify } from 'node:crypto';

/** SHA-256. */
export function digest(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** What a proof says, and what follows from it. */
export interface SeenProof {
  readonly leaf: Buffer;
  readonly index: number;
  readonly leafCount: number;
  readonly pathLength: number;
  /** What the path leads to. */
  readonly root: Buffer;
  readonly plotId: Buffer;
  /** Bytes of the proof; the rest is not its own. */
  readonly bytes: number;
}

/** Reads a proof and folds its path. Throws for one that is cut or at odds with itself. */
export function seeProof(bytes: Buffer): SeenProof {
  const count = bytes.readInt32LE(40);
  const bits = 44 + 32 * count;
  if (count < 0 || bytes.readInt32LE(bits) !== count) throw new Error('two counts of siblings');
  const tail = bits + 4 + count;
  if (bytes.length < tail + 73) throw new Error('a proof that is cut');
  const leaf = bytes.subarray(0, 32);
  const index = Number(bytes.readBigInt64LE(32));
  const leafCount = Number(bytes.readBigInt64LE(tail));
  let node = digest(Buffer.of(0), leaf);
  for (let level = 0; level < count; level += 1) {
    const sibling = bytes.subarray(44 + 32 * level, 76 + 32 * level);
    const isRight = bytes[bits + 4 + level] === 1;
    // Stricter than the network: the sides follow from the index.
    if (isRight !== (Math.floor(index / 2 ** level) % 2 === 0)) throw new Error('a side that is not of the index');
    node = isRight ? digest(Buffer.of(1), node, sibling) : digest(Buffer.of(1), sibling, node);
  }
  if (index < 0 || index >= leafCount || count !== Math.ceil(Math.log2(leafCount)))
    throw new Error('a path that is not of this plot');
  if (bytes[tail + 72] !== 1) throw new Error('another version');
  const plotId = bytes.subarray(tail + 8, tail + 40);
  return { leaf, index, leafCount, pathLength: count, root: node, plotId, bytes: tail + 73 };
}

/** The chain that a block must follow. */
export interface SeenTip {
  readonly hash: Buffer;
  readonly height: number;
  readonly difficulty: bigint;
}

/** Judges a block as nodes do: its hash and those of its transactions, or what is wrong with it. */
export function judgeBlock(
  bytes: Buffer,
  tip: SeenTip,
  nowS: number,
): { readonly hash: Buffer; readonly transactions: readonly Buffer[] } | { readonly wrong: string } {
  const at = (from: number, size: number): Buffer => bytes.subarray(from, from + size);
  const i64 = (from: number): bigint => bytes.readBigInt64LE(from);
  const epoch = Buffer.alloc(8);
  epoch.writeBigInt64LE(BigInt(tip.height) + 1n);
  const hash = digest(at(0, 226));
  const challenge = digest(tip.hash, epoch);
  const body = seeTransactions(bytes);
  const proof = seeProof(bytes.subarray(body.end));
  const score = digest(challenge, proof.leaf);
  const rules: readonly (readonly [string, boolean])[] = [
    ['version', bytes[0] === 1],
    ['timestamp', i64(41) <= BigInt(nowS + 120) && i64(41) > 1_600_000_000n],
    ['signature', isSigned(at(193, 33), at(0, 226), at(226, 64))],
    ['parent', at(1, 32).equals(tip.hash)],
    ['height', i64(33) === BigInt(tip.height + 1)],
    ['difficulty', i64(49) === tip.difficulty],
    ['epoch', i64(57) === BigInt(tip.height + 1)],
    ['challenge', at(65, 32).equals(challenge)],
    ['transactions', body.areSigned && at(161, 32).equals(rootOf(body.hashes))],
    ['root', at(97, 32).equals(proof.root)],
    ['score', at(129, 32).equals(score)],
    ['target', BigInt(`0x${score.toString('hex')}`) < (2n ** 256n - 1n) / tip.difficulty],
    ['length', bytes.length === body.end + proof.bytes],
  ];
  const broken = rules.find(([, holds]) => !holds);
  return broken === undefined ? { hash, transactions: body.hashes } : { wrong: broken[0] };
}

/** What stands between header and proof: transactions of 155 bytes each. */
function seeTransactions(bytes: Buffer): {
  readonly hashes: readonly Buffer[];
  readonly areSigned: boolean;
  readonly end: number;
} {
  const count = bytes.readInt32LE(290);
  const all = Array.from({ length: count }, (_, at) => bytes.subarray(298 + 159 * at, 453 + 159 * at));
  const lengths = all.map((_, at) => bytes.readInt32LE(294 + 159 * at));
  if (lengths.some((length) => length !== 155)) throw new Error('a transaction of another length');
  const areSigned = all.every((one) => isSigned(one.subarray(1, 34), one.subarray(0, 91), one.subarray(91)));
  return { hashes: all.map((one) => digest(one.subarray(0, 91))), areSigned, end: 294 + 159 * count };
}

/** A level with an odd number of nodes has a hash of the last one for its other half. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return Buffer.alloc(32);
  let level = hashes.map((hash) => digest(Buffer.of(0), hash));
  while (level.length > 1) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) => level.slice(2 * at, 2 * at + 2));
    level = pairs.map(([left = Buffer.alloc(0), right = digest(Buffer.of(1), Buffer.from('MERKLE_PADDING'), left)]) =>
      digest(Buffer.of(1), left, right),
    );
  }
  return level[0] ?? Buffer.alloc(32);
}

/** ECDSA over the SHA-256 of the bytes, which is the hash of the block. */
function isSigned(minerId: Buffer, bytes: Buffer, signature: Buffer): boolean {
  const point = Buffer.from(ECDH.convertKey(minerId, 'secp256k1', undefined, undefined, 'uncompressed') as Buffer);
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const key = createPublicKey({ key: { kty: 'EC', crv: 'secp256k1', x, y }, format: 'jwk' });
  return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
