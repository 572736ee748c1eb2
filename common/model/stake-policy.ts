import type { IntentState, Planck, RetryClass } from './intent.js';

/** Where rewards go that are staked beyond the target. Amounts in the smallest unit of the stake's own token. */
export type StakeRewards =
  /** They stay where the chain puts them: on the hotkey. */
  | { readonly to: 'keep' }
  /** Out of stake, to the coldkey's balance, once there are so many. */
  | { readonly to: 'sell'; readonly threshold: Planck }
  /** To another hotkey or subnet, such as the root, once there are so many. */
  | { readonly to: 'move'; readonly hotkey: string; readonly netuid: number; readonly threshold: Planck };

/** What becomes of the stake on a hotkey that is pruned from its subnet, or dark: no instance of its miners runs. */
export type StakeOnLoss =
  | { readonly to: 'stay' }
  | { readonly to: 'sell' }
  /** To another hotkey in the same subnet. */
  | { readonly to: 'move'; readonly hotkey: string };

/** From which stake on the miners of a hotkey have which priority. */
export interface StakeBand {
  /** In the smallest unit of the stake's own token. */
  readonly atLeast: Planck;
  /** 0-1000. */
  readonly priority: number;
}

/** The band that a stake is in, and by what that was decided last. */
export interface StakeBandRecord {
  /** Undefined below all. */
  readonly band: StakeBand | undefined;
  readonly stake: Planck;
  /** Number of the block that the stake was read at. */
  readonly block: number;
  readonly atMs: number;
}

/** What somebody wants of a stake. Addresses are SS58; times in milliseconds. */
export interface StakePolicySpec {
  readonly name: string;
  readonly network: string;
  /** Pays, and has the stake: itself, or the coldkey that it is a proxy of. */
  readonly wallet: string;
  readonly hotkey: string;
  readonly netuid: number;
  /** What is to be staked, in the smallest unit of the stake's own token; 0 never adds any. */
  readonly target: Planck;
  /** Below which it is filled up to the target. */
  readonly minimum: Planck;
  /** What of the base token stays in the coldkey's balance. */
  readonly reserve: Planck;
  /** The most that a trade may lose to slippage, in basis points. */
  readonly slippageBp: number;
  readonly rewards: StakeRewards;
  readonly onLoss: StakeOnLoss;
  /** How long a hotkey is dark before that counts as its loss; undefined for never. */
  readonly darkAfterMs?: number | undefined;
  /** The priorities of the hotkey's miners, by rising stake; undefined where stake decides none. */
  readonly priorities?: readonly StakeBand[] | undefined;
}

/** What became of the last call of a policy. */
export interface StakeRound {
  readonly intent: string;
  readonly state: IntentState;
  /** Of one that failed. */
  readonly error?: string | undefined;
  readonly class?: RetryClass | undefined;
  readonly askAtBlock?: number | undefined;
  /** Unix milliseconds. */
  readonly endedAtMs: number;
  /** Number of the block that holds it, where one does. */
  readonly block?: number | undefined;
  /** Whether the policy was set since, so that a failure no longer counts. */
  readonly forgiven?: boolean | undefined;
}

/** A stake policy as the fleet keeps it. Times are unix milliseconds. */
export interface StakePolicyRecord {
  readonly spec: StakePolicySpec;
  /** Rounds that are over, each of one call. */
  readonly rounds: number;
  readonly last?: StakeRound | undefined;
  /** Whether the hotkey was seen to be registered, so that its absence is a loss. */
  readonly wasRegistered: boolean;
  /** Number of the block at which that was first seen: an endpoint behind it knows nothing of a loss. */
  readonly registeredBlock?: number | undefined;
  /** Undefined while the stake never reached a band. */
  readonly banded?: StakeBandRecord | undefined;
  /** Since when no instance of the hotkey's miners runs. */
  readonly darkSinceMs?: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
