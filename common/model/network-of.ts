import { isIPv6 } from 'node:net';

/**
 * The part of an IP address that its owner cannot change at will: all of an IPv4 address, and of IPv6 the network of 64 bits,
 * such as `2001:db8:0:0`. What is no address is given back as it is.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [front = '', back] = address.replace(/%.*$/, '').split('::', 2);
  const before = groupsOf(front);
  const after = groupsOf(back ?? '');
  const zeros = back === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function groupsOf(part: string): string[] {
  // The last two groups may be written as an IPv4 address; they are not of the network.
  return part === '' ? [] : part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
