import type { RewardTotal } from '../../../common/gen/headframe/v1/rewards_service_pb.js';

/** What a miner has earned, as the seed has it, `MinerMetrics`, with ours beside. What nobody measures is null. */
export interface MinerMetrics {
  readonly module: string;
  /** Modules tell nobody what a block is to them, nor which of their work came to something. */
  readonly total_blocks: null;
  readonly success_rate: null;
  readonly average_block_time: null;
  /** In the smallest unit, as a decimal text; null for a miner of no subnet, or where nothing was read yet. */
  readonly rewards_earned: string | null;
  /** The token of it. */
  readonly unit: string | null;
  /** ISO time of the last entry of the ledger. */
  readonly last_reward: string | null;
}

/** Maps what was earned by the hotkey that a miner works with. */
export function minerMetrics(module: string, total: RewardTotal | undefined): MinerMetrics {
  return {
    ...{ module, total_blocks: null, success_rate: null, average_block_time: null },
    rewards_earned: total?.earnedPlanck ?? null,
    unit: total?.unit ?? null,
    last_reward: total === undefined ? null : new Date(Number(total.lastAtMs)).toISOString(),
  };
}

/** The totals by the names of the miners that they are of. */
export function totalsByMiner(totals: readonly RewardTotal[]): ReadonlyMap<string, RewardTotal> {
  return new Map(totals.flatMap((total) => total.miners.map((miner) => [miner, total] as const)));
}
