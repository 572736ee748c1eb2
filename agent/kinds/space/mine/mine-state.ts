import type { Block, BlockHeader } from '../format/block.js';
import type { MinerKey } from '../format/miner-key.js';
import type { Transaction } from '../format/transaction.js';
import type { MessageOf } from '../wire/message.js';
import type { FoundProof, RoundGoal } from './own-block.js';

/** How a miner mines. */
export interface MineSettings {
  readonly minerKey: MinerKey;
  /** Where the node does not say it, which it need not; 1 or more. */
  readonly difficulty: bigint;
  /** How a won block is sent: as the reference's code does (`Block`), as its documents say (`NewBlock`), or both ways. */
  readonly announce: 'Block' | 'NewBlock' | 'both';
  /** How long the winner check waits for the node to say the difficulty, once there is a proof. */
  readonly difficultyWaitMs: number;
}

/** What was counted since the start. */
export interface MineCounters {
  readonly totalChallengesReceived: number;
  readonly totalProofsGenerated: number;
  /** Proofs that a node's connection took. */
  readonly totalProofsSubmitted: number;
  /** Blocks that a node's connection took. */
  readonly totalBlocksWon: number;
  /** Of these, the ones that the node said it accepted. */
  readonly totalBlocksAccepted: number;
}

/** Where a round stands. */
export type RoundPhase =
  | { readonly status: 'waiting' }
  | { readonly status: 'proving'; readonly goal: RoundGoal; readonly difficulty: bigint | undefined }
  | { readonly status: 'deciding'; readonly goal: RoundGoal; readonly found: FoundProof }
  | { readonly status: 'over'; readonly goal: RoundGoal };

/** All that a miner remembers of its work. */
export interface MineState {
  readonly phase: RoundPhase;
  /** Since the connection is new, so that the node's word on the tip counts, whatever another said before. */
  readonly isFresh: boolean;
  /** The last block that was sent. */
  readonly ownHash: Buffer | undefined;
  /** What of the current round no connection took: sent again on the next one. */
  readonly unsent: readonly SendStep[];
  readonly counters: MineCounters;
}

/** What happens to a miner. */
export type MineEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'accepted'; readonly hash: Buffer; readonly height: bigint }
  | { readonly kind: 'header'; readonly header: BlockHeader }
  | { readonly kind: 'proved'; readonly challenge: Buffer; readonly found: FoundProof | undefined }
  | { readonly kind: 'difficulty-due'; readonly challenge: Buffer }
  | { readonly kind: 'sent' | 'not-sent'; readonly step: SendStep };

/** Why a round, or a message, came to nothing, or what it came to. */
export type MineNote =
  | { readonly note: 'stale' | 'jump' | 'out-of-range'; readonly height: bigint }
  | { readonly note: 'nothing-found'; readonly epoch: bigint }
  | { readonly note: 'proof-invalid' | 'own-block-invalid'; readonly epoch: bigint; readonly fault: string }
  | { readonly note: 'above-target'; readonly epoch: bigint; readonly difficulty: bigint }
  | { readonly note: 'won' | 'own-accepted'; readonly height: bigint; readonly hash: Buffer };

/** What is to be sent: the proof of a round, or the block that it won. */
export type SendStep =
  | { readonly kind: 'submit'; readonly message: MessageOf<'ProofSubmission'> }
  | {
      readonly kind: 'broadcast';
      readonly messages: readonly MessageOf<'Block' | 'NewBlock'>[];
      readonly block: Block;
    };

/** What is to be done; a step `prove` ends what was proven before. */
export type MineStep =
  | { readonly kind: 'prove'; readonly goal: RoundGoal }
  | { readonly kind: 'ask-block'; readonly message: MessageOf<'GetBlock'> }
  | SendStep
  | { readonly kind: 'await-difficulty'; readonly challenge: Buffer; readonly waitMs: number }
  | ({ readonly kind: 'tell' } & MineNote);

/** What a decision needs of the world. */
export interface MineWorld {
  /** Seconds since 1970. */
  readonly nowS: bigint;
  /** Transactions that may go into a block. */
  readonly waiting: readonly Transaction[];
}

/** What follows from an event. */
export interface MineTurn {
  readonly state: MineState;
  readonly steps: readonly MineStep[];
}
