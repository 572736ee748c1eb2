import type { HeadframeError } from '../../../common/model/error.js';
import type { Transaction } from '../../fleet/port.js';
import { chainLacks } from '../network/readers/lacks.js';
import { networkNotFound } from '../networks.js';
import type { Chain } from '../port.js';
import { unreadSubnet } from './take-reading.js';

/** Why nothing is ever read of a chain's subnets ('chain_lacks'); undefined where something is, or may be once it is connected. */
export function lackOfSubnets(chain: Pick<Chain, 'network' | 'capabilities'>): HeadframeError | undefined {
  const { network, capabilities } = chain;
  if (capabilities === undefined || capabilities.kind === 'subtensor') return undefined;
  return chainLacks(network, 'subnets that Headframe reads, and so no rewards');
}

/**
 * Has a subnet read though no hotkey of the fleet is in it, or no longer. Throws `HeadframeError` (not_found,
 * 'network_not_found').
 */
export function followSubnet(tx: Transaction, network: string, netuid: number, followed: boolean): void {
  if (tx.network(network) === undefined) throw networkNotFound(network, undefined);
  const known = tx.subnet(network, netuid);
  if (known === undefined && !followed) return;
  // One that nothing else wants is forgotten by the next look.
  tx.putSubnet({ ...(known ?? unreadSubnet(network, netuid)), followed });
}
