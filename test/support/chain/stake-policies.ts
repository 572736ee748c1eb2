import type { StakePolicyRecord, StakePolicySpec } from '../../../common/model/stake-policy.js';

/** A policy of 1000 units on a hotkey in subnet 3, filled up below 900, with whatever a test says otherwise. */
export function stakePolicy(spec: Partial<StakePolicySpec> = {}): StakePolicySpec {
  return {
    ...{ name: 'one', network: 'model', wallet: 'cold', hotkey: '5Hot', netuid: 3 },
    ...{ target: '1000', minimum: '900', reserve: '0', slippageBp: 100 },
    rewards: { to: 'keep' },
    onLoss: { to: 'stay' },
    ...spec,
  };
}

/** The record of a policy of which nothing is known yet. */
export function stakePolicyRecord(
  spec: Partial<StakePolicySpec> = {},
  record: Partial<StakePolicyRecord> = {},
): StakePolicyRecord {
  return { spec: stakePolicy(spec), rounds: 0, wasRegistered: true, createdAtMs: 1, updatedAtMs: 1, ...record };
}
