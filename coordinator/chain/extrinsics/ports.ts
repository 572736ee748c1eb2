import type { BlockPlace, CallEffect, ChainCall, IntentRecord } from '../../../common/model/intent.js';
import type { Head } from '../port.js';
import type { WaitRule } from './wait-rules.js';

/** Signs with a key that stays where it is. `sign` throws `HeadframeError` (failed_precondition 'wallet_locked'). */
export interface WalletSigner {
  /** SS58. */
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly keyType: 'sr25519' | 'ed25519';
  /** The signature of exactly these bytes: 64 bytes, without a prefix for its type. */
  sign(payload: Uint8Array): Uint8Array;
}

/** Where a chain stands, read at one moment. */
export interface Heads {
  readonly genesisHash: string;
  readonly best: Head;
  readonly finalized: Head;
  /** Of the runtime at the last finalised block. */
  readonly finalizedSpec: number;
}

/** Extrinsics of an account that blocks hold. */
export interface Nonces {
  readonly best: number;
  readonly finalized: number;
}

/** How a call in a block went; unknown where the node no longer has that block's events. */
export type CallOutcome =
  | { readonly kind: 'success'; readonly fee: bigint }
  | { readonly kind: 'failed'; readonly error: string; readonly fee: bigint }
  | { readonly kind: 'unknown' };

/** A call that was found in a block. */
export interface FoundCall {
  readonly block: BlockPlace;
  readonly finalized: boolean;
  readonly outcome: CallOutcome;
}

/** What a search of the blocks that could hold a call told. */
export interface CallSearch {
  readonly found: FoundCall | undefined;
  /** Every block up to the best was read. */
  readonly complete: boolean;
}

/** Whether a call's effect is there; `pending` where the best block has it and the last finalised one does not. */
export type EffectReading = 'present' | 'pending' | 'absent' | 'unreadable';

/** What a pool made of an extrinsic: whatever is neither taken nor refused in so many words is thrown. */
export type Submission = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly error: string };

/** What is signed. */
export interface SigningRequest {
  readonly call: ChainCall;
  readonly real: string | undefined;
  readonly nonce: number;
  readonly tip: bigint;
  /** The block its life begins with. */
  readonly birth: Head;
  /** Blocks it lives: a power of two. */
  readonly period: number;
}

/** What was signed, hex with 0x. */
export interface Signature {
  readonly hash: string;
  readonly bytes: string;
  readonly callHash: string;
  readonly specVersion: number;
}

/**
 * A chain as a payer sees it; an adapter over `Chain`. All throw `HeadframeError` (unavailable 'chain_away', deadline_exceeded
 * 'chain_slow', internal 'chain_failed'), which says nothing of what became of a call.
 */
export interface Ledger {
  /** Undefined until it was reached once. */
  readonly genesisHash: string | undefined;
  heads(): Promise<Heads>;
  nonces(address: string, heads: Heads): Promise<Nonces>;
  /** The nonce for the next extrinsic, those in the pool counted where the node does so. */
  nextNonce(address: string): Promise<number>;
  /** Looks through the blocks that could hold a signed call. */
  search(intent: Pick<IntentRecord, 'signer' | 'signed'>, heads: Heads): Promise<CallSearch>;
  effect(effect: CallEffect): Promise<EffectReading>;
  /** What an account can spend, in the smallest unit. */
  funds(address: string): Promise<bigint>;
  /** What a call would cost, in the smallest unit. Throws `HeadframeError` (invalid_argument 'call_unknown', 'call_invalid'; failed_precondition 'proxy_missing'). */
  fee(call: ChainCall, real: string | undefined, address: string): Promise<bigint>;
  /** Throws as `fee` and `WalletSigner.sign` do. */
  sign(signer: WalletSigner, request: SigningRequest): Promise<Signature>;
  submit(bytes: string): Promise<Submission>;
  /** Which meaning the pool's `Custom(n)` has here. */
  readonly customErrors: '218' | '233' | undefined;
  /** From which block on a call is worth asking again that was refused at a block; never throws. */
  blockToAsk(rule: WaitRule, intent: Pick<IntentRecord, 'call' | 'signer'>, refusedAt: number): Promise<number>;
  /** Told of new heads, best or finalised. Answers what ends it. */
  onHead(listener: () => void): () => void;
}
