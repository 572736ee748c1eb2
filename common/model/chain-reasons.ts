import { INTENT_REASONS } from './intent-reasons.js';
import { NETWORK_REASONS } from './network-reasons.js';
import { REWARD_REASONS } from './reward-reasons.js';
import { REGISTRATION_REASONS } from './registration-reasons.js';
import { STAKE_REASONS } from './stake-reasons.js';
import { WALLET_REASONS } from './wallet-reasons.js';
import { WEIGHT_REASONS } from './weight-reasons.js';

/** All reasons that have to do with chains. */
export const CHAIN_REASONS = {
  ...NETWORK_REASONS,
  ...STAKE_REASONS,
  ...REWARD_REASONS,
  ...WALLET_REASONS,
  ...INTENT_REASONS,
  ...REGISTRATION_REASONS,
  ...WEIGHT_REASONS,
} as const;
