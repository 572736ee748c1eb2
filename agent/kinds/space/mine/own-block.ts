import type { BlockProof } from '../format/block-proof.js';
import { blockFault } from '../format/block-rules.js';
import type { BlockFault } from '../format/block-rules.js';
import { blockHash, transactionRoot } from '../format/block.js';
import type { Block } from '../format/block.js';
import type { MinerKey } from '../format/miner-key.js';
import { pickTransactions } from '../format/transaction.js';
import type { Transaction } from '../format/transaction.js';

/** What a round is about: the block that is mined on, and the challenge that follows from it. */
export interface RoundGoal {
  readonly tipHash: Buffer;
  readonly tipHeight: bigint;
  /** Also the height of the block that is mined. */
  readonly epoch: bigint;
  readonly challenge: Buffer;
}

/** The best leaf of all plots with all that proves it. */
export interface FoundProof {
  readonly proof: BlockProof;
  readonly plotRoot: Buffer;
  readonly score: Buffer;
}

/** What a block is made of. */
export interface BlockParts {
  readonly goal: RoundGoal;
  readonly difficulty: bigint;
  readonly found: FoundProof;
  readonly minerKey: MinerKey;
  /** Seconds since 1970. */
  readonly nowS: bigint;
  readonly waiting: readonly Transaction[];
}

/** A block that may be sent, or the rule of the network that it breaks. */
export type OwnBlock = { readonly block: Block; readonly hash: Buffer } | { readonly fault: BlockFault };

/** Transactions of a block at most, as in the reference. */
const MOST_TRANSACTIONS = 1000;

/** Builds and signs the block that a proof wins, and judges it as the network will, before anybody else does. */
export function ownBlock({ goal, difficulty, found, minerKey, nowS, waiting }: BlockParts): OwnBlock {
  const transactions = pickTransactions(waiting, MOST_TRANSACTIONS);
  const unsigned = {
    version: 1,
    parentHash: goal.tipHash,
    ...{ height: goal.tipHeight + 1n, timestamp: nowS, difficulty, epoch: goal.epoch },
    ...{ challenge: goal.challenge, plotRoot: found.plotRoot, proofScore: found.score },
    transactionRoot: transactionRoot(transactions),
    minerId: minerKey.minerId,
  };
  const hash = blockHash(unsigned);
  const block = { header: { ...unsigned, signature: minerKey.sign(hash) }, transactions, proof: found.proof };
  const fault = blockFault(block, { ...goal, difficulty }, nowS);
  return fault === undefined ? { block, hash } : { fault };
}
