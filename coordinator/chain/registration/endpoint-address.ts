import { BlockList, isIP, isIPv4 } from 'node:net';
import { endpointInvalid } from './refusals.js';

/** An address as a chain has it. */
export interface ChainAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Where nobody else is reached: this host, all of them, this link, groups. https://www.iana.org/assignments/iana-ipv4-special-registry */
const NOWHERE = blockList(
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
);
/** Reached in their own networks alone. */
const PRIVATE = blockList(['10.0.0.0', 8], ['100.64.0.0', 10], ['172.16.0.0', 12], ['192.168.0.0', 16], ['fc00::', 7]);

/**
 * An address for a chain. Throws `HeadframeError` (invalid_argument, 'serving_invalid') for what is none, and for what leads
 * nowhere from another machine. Pure.
 */
export function addressOf(ip: string): ChainAddress {
  const family = isIP(ip);
  if (family === 0 || ip.includes('%')) throw endpointInvalid('ip', ip, 'an IPv4 or IPv6 address, not a name');
  if (isIn(NOWHERE, ip)) throw endpointInvalid('ip', ip, 'an address that other machines can reach');
  return family === 4 ? { family: 4, value: valueOf(ip.split('.'), 8, 10) } : { family: 6, value: ofIpv6(ip) };
}

/** The address that a chain has; what is none there is undefined. Pure. */
export function textOfAddress({ family, value }: ChainAddress): string | undefined {
  if (value === 0n) return undefined;
  const groups = (count: number, bits: number): bigint[] =>
    Array.from({ length: count }, (_, at) => (value >> BigInt(bits * (count - 1 - at))) & ((1n << BigInt(bits)) - 1n));
  if (family === 6)
    return groups(8, 16)
      .map((group) => group.toString(16))
      .join(':');
  return value < 1n << 32n ? groups(4, 8).join('.') : undefined;
}

/** Whether only machines of the same network reach it. Pure. */
export function isPrivate(ip: string): boolean {
  return isIn(PRIVATE, ip);
}

/** Of a host's addresses that by which others reach it best: one that everybody does, else one of a private network. Pure. */
export function servableOf(addresses: readonly string[]): string | undefined {
  const servable = addresses.filter((ip) => isIP(ip) !== 0 && !ip.includes('%') && !isIn(NOWHERE, ip));
  return servable.find((ip) => !isPrivate(ip)) ?? servable[0];
}

function isIn(list: BlockList, ip: string): boolean {
  return list.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6');
}

function ofIpv6(ip: string): bigint {
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const hex = (a = '', b = ''): string => ((Number(a) << 8) | Number(b)).toString(16);
  const text = mapped === null ? ip : `${mapped[1] ?? ''}${hex(mapped[2], mapped[3])}:${hex(mapped[4], mapped[5])}`;
  const [front = '', back] = text.split('::', 2);
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(front), groups(back ?? '')];
  const zeros = Array.from({ length: back === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  return valueOf([...before, ...zeros, ...after], 16, 16);
}

function valueOf(parts: readonly string[], bits: number, radix: number): bigint {
  return parts.reduce((value, part) => (value << BigInt(bits)) | BigInt(Number.parseInt(part, radix)), 0n);
}

function blockList(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6');
  return list;
}
