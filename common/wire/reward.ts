import { RewardBasis as WireBasis } from '../gen/headframe/v1/rewards_service_pb.js';
import type { RewardBasis } from '../model/reward.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';

/** How it is known what a hotkey earned. */
export const REWARD_BASIS: EnumTable<RewardBasis, WireBasis> = enumTable({
  emission: WireBasis.EMISSION,
  growth: WireBasis.GROWTH,
  least: WireBasis.LEAST,
});
