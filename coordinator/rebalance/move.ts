import type { Labels } from '../../common/model/miner.js';

/** What a rebalance may move. */
export interface RebalanceScope {
  /** 1-1000. */
  readonly maxMoves: number;
  /** Also instances with an exclusive identity, which are down while they move. */
  readonly includeIdentities: boolean;
  /** Only instances of this miner; '' means all. */
  readonly miner: string;
  /** Only between hosts with all these labels. */
  readonly hostLabels: Labels;
}

/** One instance to be replaced by one on another host. */
export interface Move {
  readonly serial: number;
  readonly miner: string;
  readonly fromId: string;
  readonly fromName: string;
  readonly toId: string;
  readonly toName: string;
  /** Why it pays. */
  readonly why: string;
  /** By how much it lowers the deviation, or with `levelsSpread` the uneven spread. */
  readonly gain: number;
  readonly levelsSpread: boolean;
  readonly hasIdentity: boolean;
}

/** How evenly open hosts are laid out. */
export interface Balance {
  /** Standard deviation of the hosts' dominant shares, from 0. */
  readonly deviation: number;
  readonly lowestShare: number;
  readonly highestShare: number;
  /** Instances of `spread` miners beyond what an even spread would put where they are. */
  readonly unevenSpread: number;
}

/** Moves in the order in which they are to be made, and what they bring. */
export interface RebalancePlan {
  readonly moves: readonly Move[];
  readonly before: Balance;
  readonly after: Balance;
  /** Open hosts that were compared. */
  readonly hosts: number;
}
