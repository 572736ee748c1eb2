import { createHash } from 'node:crypto';

/** How what belongs to one host's leases is called outside the agent, so that several agents on a machine keep apart. */
export interface LeaseNames {
  /** Begins the name of each of their bridges; with `+` it is a pattern of iptables. */
  readonly bridgePrefix: string;
  /** Chain that judges what leaves a lease for elsewhere. */
  readonly forwardChain: string;
  /** Chain that judges what a lease sends to the host itself. */
  readonly inputChain: string;
}

/** Letters of a digest that tell hosts of one machine apart. */
const TAG_LETTERS = 5;
/** The kernel takes names of interfaces of at most 15 letters. */
const BRIDGE_LETTERS = 15;

/** The names of a host's leases. Pure. */
export function leaseNames(hostId: string): LeaseNames {
  const tag = digestOf(hostId).slice(0, TAG_LETTERS);
  return {
    bridgePrefix: `hl${tag}`,
    forwardChain: `HEADFRAME-LEASE-${tag}`,
    inputChain: `HEADFRAME-LEASE-${tag}-IN`,
  };
}

/** Name of the bridge of one lease. Pure. */
export function leaseBridge(hostId: string, serial: number): string {
  return (leaseNames(hostId).bridgePrefix + digestOf(String(serial))).slice(0, BRIDGE_LETTERS);
}

/** Name of the engine's network of one lease. Pure. */
export function leaseNetwork(hostId: string, serial: number): string {
  return `headframe-lease-${leaseBridge(hostId, serial)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
