import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with stake and its policies. */
export const STAKE_REASONS = {
  stake_changed: info('What is staked on a hotkey of the fleet is another than at the last reading of its subnet.'),
  stake_policy_set: info('A stake policy was set.'),
  stake_policy_removed: info('A stake policy was removed; the stake stays as it is.'),
  stake_priority_changed: info('The priority of a miner follows the stake on its hotkey, which its stake policy says.'),
  stake_steady: info('The stake is as its policy wants it.'),
  stake_filling_up: info('The stake is below the minimum of its policy and is filled up to the target.'),
  stake_rewards_leaving: info('What is staked beyond the target goes where the policy says.'),
  stake_reallocating: warning(
    'The hotkey is lost, and its stake goes where the policy says.',
    'See whether the hotkey is to be registered again: headframe networks metagraph shows its subnet.',
  ),
  stake_moved_away: warning(
    'The hotkey is lost, and has no stake any more.',
    'Register it again, or remove the policy: headframe stake policy rm NAME.',
  ),
  stake_hotkey_lost: warning(
    'The hotkey is lost; the policy leaves its stake where it is.',
    'Register it again, or remove its stake: headframe stake remove.',
  ),
  stake_not_registered: warning(
    'The hotkey is not registered in the subnet yet, so that nothing is staked on it.',
    'Register the hotkey; the policy goes on by itself.',
  ),
  stake_reserve_reached: warning(
    'Filling up the stake would leave less in the coldkey than its reserve.',
    'Fund the coldkey, or lower the reserve or the target.',
  ),
  stake_price_unknown: warning(
    'The chain does not tell what the stake is worth, so that nothing is traded.',
    'Look at the subnet: its pool may be empty.',
  ),
  stake_refused: warning(
    'What the policy wants is not possible as the chain, the wallet or its caps stand.',
    'See the text; it is looked at again every minute.',
  ),
  stake_call_open: info('A call of the policy is under way.'),
  stake_behind: info(
    'The endpoint has not seen a block yet that the policy goes by: of its last call, or of the registration.',
  ),
  stake_backoff: info('The last call of the policy failed for now; another follows later.'),
  stake_halted: error(
    'The last call of the policy failed in a way that repeating would not mend: the policy does nothing more.',
    'See the call with headframe intents show, mend the cause, and set the policy again.',
  ),
} as const satisfies Record<string, ReasonMeaning>;

/** One of them. */
export type StakeReason = keyof typeof STAKE_REASONS;
