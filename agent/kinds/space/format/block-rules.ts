import { proofFault } from './block-proof.js';
import type { Block } from './block.js';
import { blockHash, transactionRoot } from './block.js';
import { targetOf } from './difficulty.js';
import { isSignedBy } from './miner-key.js';
import { passesBasicRules, transactionHash } from './transaction.js';
import type { Transaction } from './transaction.js';

/** Why a block is refused, in the reference's words. */
export type BlockFault =
  | 'UnsupportedVersion'
  | 'InvalidDifficulty'
  | 'InvalidTimestamp'
  | 'InvalidHeaderSignature'
  | 'InvalidParentHash'
  | 'InvalidHeight'
  | 'InvalidEpoch'
  | 'InvalidChallenge'
  | 'InvalidTransaction'
  | 'InvalidTransactionSignature'
  | 'InvalidTransactionRoot'
  | 'ProofScoreTooHigh'
  | 'InvalidProof';

/** The chain that a block is to follow. */
export interface ChainState {
  /** Undefined while no block is known: a parent is not looked at then. */
  readonly tipHash: Uint8Array | undefined;
  readonly tipHeight: bigint;
  readonly difficulty: bigint;
  readonly epoch: bigint;
  readonly challenge: Uint8Array;
}

const AHEAD_S = 120n;

/** The first rule that a block breaks, in the order of the reference; undefined for a good one. `nowS` is in seconds since 1970. */
export function blockFault(block: Block, chain: ChainState, nowS: bigint): BlockFault | undefined {
  return ownFault(block, nowS) ?? placeFault(block, chain) ?? bodyFault(block) ?? scoreFault(block);
}

function ownFault({ header }: Block, nowS: bigint): BlockFault | undefined {
  if (header.version !== 1) return 'UnsupportedVersion';
  if (header.difficulty <= 0n) return 'InvalidDifficulty';
  if (header.timestamp > nowS + AHEAD_S) return 'InvalidTimestamp';
  return isSignedBy(header.minerId, blockHash(header), header.signature) ? undefined : 'InvalidHeaderSignature';
}

function placeFault({ header }: Block, chain: ChainState): BlockFault | undefined {
  if (chain.tipHash !== undefined && !header.parentHash.equals(chain.tipHash)) return 'InvalidParentHash';
  if (header.height !== chain.tipHeight + 1n) return 'InvalidHeight';
  if (header.difficulty !== chain.difficulty) return 'InvalidDifficulty';
  if (header.epoch !== chain.epoch) return 'InvalidEpoch';
  return header.challenge.equals(chain.challenge) ? undefined : 'InvalidChallenge';
}

function bodyFault({ header, transactions }: Block): BlockFault | undefined {
  const fault = transactions.map(transactionFault).find((found) => found !== undefined);
  if (fault !== undefined) return fault;
  return transactionRoot(transactions).equals(header.transactionRoot) ? undefined : 'InvalidTransactionRoot';
}

function transactionFault(transaction: Transaction): BlockFault | undefined {
  if (!passesBasicRules(transaction)) return 'InvalidTransaction';
  const { sender, signature } = transaction;
  return isSignedBy(sender, transactionHash(transaction), signature) ? undefined : 'InvalidTransactionSignature';
}

function scoreFault({ header, proof }: Block): BlockFault | undefined {
  const { challenge, plotRoot, proofScore: score } = header;
  const target = targetOf(header.difficulty);
  const fault = proofFault({ ...proof, challenge, plotRoot, score }, { challenge, plotRoot, target });
  if (fault === undefined) return undefined;
  return fault === 'ScoreAboveTarget' ? 'ProofScoreTooHigh' : 'InvalidProof';
}
