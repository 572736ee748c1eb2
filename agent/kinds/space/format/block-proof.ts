import { ByteReader } from './byte-reader.js';
import { scoreOf } from './challenge.js';
import { isBelow } from './difficulty.js';
import { i32, i64 } from './integers.js';
import { foldPath } from './merkle.js';
import type { MerklePath } from './merkle.js';

/** What a block and a submission prove with. */
export interface BlockProof extends MerklePath {
  readonly leaf: Buffer;
  /** 0 or more. */
  readonly leafIndex: bigint;
  /** 1 or more. */
  readonly leafCount: bigint;
  /** The seed of the plot. */
  readonly plotId: Buffer;
  readonly plotHeaderHash: Buffer;
  readonly plotVersion: number;
}

/** A proof as it is sent. */
export function encodeBlockProof(proof: BlockProof): Buffer {
  return Buffer.concat([
    proof.leaf,
    i64(proof.leafIndex),
    i32(proof.siblings.length),
    ...proof.siblings,
    i32(proof.siblingIsRight.length),
    Buffer.from(proof.siblingIsRight.map(Number)),
    i64(proof.leafCount),
    proof.plotId,
    proof.plotHeaderHash,
    Buffer.from([proof.plotVersion]),
  ]);
}

/** Reads a proof; what follows it is ignored. Throws `HeadframeError` (data_loss, 'block_malformed'). */
export function decodeBlockProof(bytes: Uint8Array): BlockProof {
  return readBlockProof(new ByteReader(bytes, 'block_malformed'));
}

/** Reads a proof from where a reader stands. */
export function readBlockProof(reader: ByteReader): BlockProof {
  const leaf = reader.take(32);
  const leafIndex = reader.i64From(0n, 'leaf_index');
  // Bounded by what is there before anything is made of it.
  const count = reader.i32Within(0, Math.floor(reader.left / 33), 'siblings');
  const siblings = Array.from({ length: count }, () => reader.take(32));
  reader.i32Within(count, count, 'orientations');
  const siblingIsRight = Array.from(reader.take(count), (byte) => byte !== 0);
  const leafCount = reader.i64From(1n, 'leaf_count');
  const [plotId, plotHeaderHash] = [reader.take(32), reader.take(32)];
  // Nobody checks the version, nor does the reference.
  const plotVersion = reader.u8();
  return { leaf, leafIndex, siblings, siblingIsRight, leafCount, plotId, plotHeaderHash, plotVersion };
}

/** Why a proof is refused, in the reference's words. */
export type ProofFault =
  'ChallengeMismatch' | 'PlotRootMismatch' | 'ScoreMismatch' | 'ScoreAboveTarget' | 'InvalidMerklePath';

/** A leaf, its path, and what is said of them. */
export interface ProofClaim extends MerklePath {
  readonly leaf: Uint8Array;
  readonly challenge: Uint8Array;
  readonly plotRoot: Uint8Array;
  readonly score: Uint8Array;
}

/** What a proof has to answer. */
export interface ProofDemand {
  readonly challenge: Uint8Array;
  readonly plotRoot: Uint8Array;
  /** Absent where a proof need not win. */
  readonly target?: Uint8Array;
}

/** The first rule that a proof breaks, in the order of the reference; undefined for a good one. */
export function proofFault(claim: ProofClaim, demand: ProofDemand): ProofFault | undefined {
  if (!isSame(claim.challenge, demand.challenge)) return 'ChallengeMismatch';
  if (!isSame(claim.plotRoot, demand.plotRoot)) return 'PlotRootMismatch';
  if (!isSame(claim.score, scoreOf(claim.challenge, claim.leaf))) return 'ScoreMismatch';
  if (demand.target !== undefined && !isBelow(claim.score, demand.target)) return 'ScoreAboveTarget';
  return isSame(foldPath(claim.leaf, claim), claim.plotRoot) ? undefined : 'InvalidMerklePath';
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
