import type { Transaction } from '../../fleet/port.js';
import { networkNotFound } from '../networks.js';
import { unreadSubnet } from './take-reading.js';

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
