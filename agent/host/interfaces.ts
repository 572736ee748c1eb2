import type { NetworkInterfaceInfo } from 'node:os';

/** An address by which the host may be reached. */
export interface HostAddress {
  readonly interfaceName: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
}

/** The shape of `os.networkInterfaces()`. */
export type InterfaceTable = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const MAX_ADDRESSES = 64;

// Named by the kernel, container engines, hypervisors and, for the bridges of leases, by agents (kinds/lease/names.ts); their traffic
// passes a real interface as well.
const VIRTUAL = /^(?:lo$|hl[0-9a-f]{13}$|veth|docker|br-|virbr|vnet|cni|flannel|cali|cilium|lxc|ifb|dummy|tap|tun)/;

/** Whether an interface only carries traffic between containers, guests or processes of this host. */
export function isVirtualInterface(name: string): boolean {
  return VIRTUAL.test(name);
}

/** The addresses of the host's real interfaces, IPv4 first, at most 64; loopback and link-local ones are left out. */
export function reachableAddresses(interfaces: InterfaceTable): HostAddress[] {
  const addresses = Object.entries(interfaces).flatMap(([interfaceName, infos]) =>
    isVirtualInterface(interfaceName) ? [] : (infos ?? []).flatMap((info) => toAddress(interfaceName, info) ?? []),
  );
  const byFamily = (family: string): HostAddress[] => addresses.filter((address) => address.family === family);
  return [...byFamily('IPv4'), ...byFamily('IPv6')].slice(0, MAX_ADDRESSES);
}

function toAddress(interfaceName: string, info: NetworkInterfaceInfo): HostAddress | undefined {
  const { address, family, internal } = info;
  const isLinkLocal = address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
  return internal || isLinkLocal ? undefined : { interfaceName, family, address };
}
