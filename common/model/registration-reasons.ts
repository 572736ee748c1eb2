import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with the places of hotkeys in subnets, and with what miners do on chains. */
export const REGISTRATION_REASONS = {
  duties_pending: info('What the miner has to do on its chain has not been looked at yet.'),
  duties_done: info(
    'The miner has its place on its chain, the stake that it wants, and is reached where the chain says.',
  ),
  chain_behind: info('The endpoint lags behind a block that was seen before; what it lacks counts for nothing.'),
  registration_pending: info('The hotkey of the miner is being registered.'),
  serving_pending: info('The chain is told where the miner is reached, once it runs.'),
  hotkey_unregistered: error(
    'The hotkey has no place in the subnet, and the miner is not to have it registered.',
    'Register it: headframe hotkeys register, or have the miner do so: module.chain.register.',
  ),
  hotkey_pruned: error(
    'The hotkey lost its place in the subnet: the chain gave it to another.',
    'Look at what it earned before it is registered again: headframe hotkeys register, or again: when_pruned in module.chain.register.',
  ),
  deregistration_near: warning(
    'The hotkey of the miner is about to lose its place in the subnet to a new registration.',
    'See what it earns: headframe rewards ls --miner; mend what keeps it from scoring. To have it registered again by itself: again: when_pruned in module.chain.register.',
  ),
  deregistration_averted: info('The hotkey of the miner is not about to lose its place any more.'),
  stake_too_low: warning(
    'The hotkey has less stake than the miner wants.',
    'Add stake to it, or want less: module.chain.leastStake.',
  ),
  duty_failed: error(
    'A call that the miner needs has failed and is not made again by itself.',
    'See its error: headframe intents ls --all; mend it, then apply the miner again with a change or restart it.',
  ),
  chain_withdrawn: warning(
    'The miner stopped because it has no place on its chain any more.',
    'See the miner: headframe miners show.',
  ),
  price_above_highest: warning(
    'A registration costs more than was allowed.',
    'Wait until it costs less, or allow more.',
  ),
  registration_closed: warning('The subnet takes no registrations.', 'Its owner closed it: wait, or choose another.'),
  too_soon: info('The chain refuses the call before a block that is named in the text.'),
  hotkey_of_another: error(
    'On this chain the hotkey belongs to another coldkey.',
    'Pay with the wallet of that coldkey, or use another hotkey.',
  ),
  hotkey_not_registered: error('The hotkey has no place in the subnet.', 'Register it: headframe hotkeys register.'),
  miner_unreachable: warning(
    'Nothing takes a connection where the miner is said to be reached.',
    'Open its port; where only the coordinator cannot reach it: headframe hotkeys serve --no-probe.',
  ),
  serving_invalid: error('Nobody can reach the address from elsewhere.', 'Give the host an address that others reach.'),
} as const satisfies Record<string, ReasonMeaning>;
