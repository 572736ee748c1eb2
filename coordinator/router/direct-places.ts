import { isLoopback } from '../../common/model/address.js';
import type { HostDescription } from '../../common/model/host.js';

/** How a host is known. */
export interface HostPlace {
  /** Where its agent calls from, as the socket tells it; undefined while it is not connected. */
  readonly calledFrom: string | undefined;
  readonly description: Pick<HostDescription, 'addresses' | 'bootId'>;
}

/**
 * The address at which a host's published ports are its own, seen from here; undefined where nothing proves that there is one.
 * Its agent calls from there and has it on an interface: behind address translation the former is a router's, and by a relay on
 * this machine it is our own, so that somebody else would answer. On this very machine, told by its boot, loopback will do.
 */
export function directAddress({ calledFrom, description }: HostPlace, bootId: string): string | undefined {
  if (calledFrom === undefined) return undefined;
  const address = calledFrom.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/, '');
  if (isLoopback(address)) return bootId !== '' && description.bootId === bootId ? '127.0.0.1' : undefined;
  return description.addresses.includes(address) ? address : undefined;
}
