import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with chains. */
export const NETWORK_REASONS = {
  network_added: info('A network was declared.'),
  network_removed: info('The network was removed.'),
  network_connecting: info('The first connection to the network is being made.'),
  network_ready: info('The coordinator is connected to the network.'),
  network_upgraded: info('The runtime of the network changed; what it can do was read anew.'),
  endpoint_unreachable: warning(
    'No connection to the endpoint could be made.',
    'Check the URL and the way to it from the coordinator; it is tried again, the other endpoints first.',
  ),
  endpoint_lost: warning(
    'The endpoint ended the connection.',
    'Nothing to do: it is made again, by another endpoint first.',
  ),
  endpoint_silent: warning(
    'The endpoint holds the connection and answers nothing.',
    'Look at its node; another endpoint is tried, and then this one again.',
  ),
  endpoint_invalid: error(
    'The endpoint answers what no node of a chain would.',
    'Check that the URL is that of a Substrate node’s WebSocket.',
  ),
  wrong_chain: error(
    'The endpoint serves another chain than the one that the network was declared or first met as.',
    'Correct the endpoint; for another chain add another network.',
  ),
  chain_reorg: warning(
    'Blocks that were the best were replaced by others.',
    'Nothing to do: what was in them is looked for anew.',
  ),
  chain_rewound: error(
    'The chain stands before a block that was final: it was reset, or the endpoint lags far behind.',
    'Look at the node; on a chain that was reset, remove the network and add it again.',
  ),
  chain_away: error(
    'There is no connection to the chain.',
    'It is tried again and again; for why: headframe networks show.',
  ),
  chain_slow: warning(
    'The chain did not answer in time.',
    'Try again; to see how it is connected: headframe networks show.',
  ),
  chain_lacks: warning(
    'The chain does not have what was asked for, or not in a way that Headframe knows.',
    'See what it has: headframe networks show; for the rest name another network.',
  ),
  chain_busy: warning('Too many calls to the chain are under way.', 'Try again in a moment.'),
  chain_failed: error('The chain refused what was asked of it.', 'See the text.'),
} as const satisfies Record<string, ReasonMeaning>;
