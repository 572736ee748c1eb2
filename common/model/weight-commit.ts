import type { SecretEnvelope } from './secret.js';

/** Whose weights, where. */
export interface WeightCommitPlace {
  readonly network: string;
  readonly netuid: number;
  /** SS58 of the hotkey. */
  readonly address: string;
}

/** How committed weights ended: revealed, or never to be. */
export interface WeightCommitEnd {
  readonly state: 'revealed' | 'expired' | 'failed';
  /** For people. */
  readonly text: string;
  readonly atMs: number;
  /** That holds the reveal. */
  readonly block?: number | undefined;
}

/**
 * Weights that a validator commits as a hash and reveals later. Kept before the commit is sent, until the next of the same
 * hotkey in the same subnet. Times are unix milliseconds.
 */
export interface WeightCommitRecord extends WeightCommitPlace {
  /** Tells commits of one place apart. */
  readonly id: string;
  /** By name, as `wallet` has it; it signs. */
  readonly wallet: string;
  readonly hotkey: string;
  /** What is committed, hex with 0x. */
  readonly hash: string;
  /** The weights and the salt, sealed like a secret; undefined once nothing is to be revealed any more. */
  readonly envelope: SecretEnvelope | undefined;
  /** Of the intent that commits. */
  readonly key: string;
  /** When the commit is no longer to be begun. */
  readonly giveUpAtMs: number;
  /** Block that holds the commit, once that is final. */
  readonly committedAt?: number | undefined;
  /** Reveals that came to nothing. */
  readonly tries: number;
  /** Block from which on the next is worth trying. */
  readonly retryAt?: number | undefined;
  readonly end?: WeightCommitEnd | undefined;
  readonly createdAtMs: number;
}

/** Key of the record of a place. */
export function weightCommitKey({ network, netuid, address }: WeightCommitPlace): string {
  return `${network}/${String(netuid)}/${address}`;
}
