/** A range of IPv4 addresses: its first, as a number, and the length of its prefix. */
export interface Ipv4Range {
  readonly first: number;
  readonly prefix: number;
}

/** Room for the gateway and the lease, with addresses to spare for an engine that takes one for itself. */
const LEASE_PREFIX = 29;

/** Reads `a.b.c.d/n`, or an address alone; undefined for what is neither. The bits behind the prefix are taken for 0. Pure. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % sizeOf(prefix)), prefix };
}

/** Writes a range as `a.b.c.d/n`. Pure. */
export function printIpv4Range({ first, prefix }: Ipv4Range): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join('.')}/${String(prefix)}`;
}

/** Whether two ranges share an address. Pure. */
export function overlap(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first < other.first + sizeOf(other.prefix) && other.first < one.first + sizeOf(one.prefix);
}

/** The first part of the pool that meets nothing of what is taken; undefined when there is none. Pure. */
export function freeSubnet(pool: Ipv4Range, taken: readonly Ipv4Range[]): Ipv4Range | undefined {
  const end = pool.first + sizeOf(pool.prefix);
  for (let first = pool.first; first + sizeOf(LEASE_PREFIX) <= end; first += sizeOf(LEASE_PREFIX)) {
    const subnet = { first, prefix: LEASE_PREFIX };
    if (!taken.some((range) => overlap(range, subnet))) return subnet;
  }
  return undefined;
}

/** Ranges that the kernel's routing table leads to, from the text of `/proc/net/route`, the default route left out. Pure. */
export function routedRanges(text: string): Ipv4Range[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
      const prefix = ones(littleEndian(mask));
      return prefix === 0 ? [] : [{ first: littleEndian(destination), prefix }];
    });
}

function littleEndian(hex: string): number {
  return /^[0-9A-F]{8}$/i.test(hex) ? Buffer.from(hex, 'hex').readUInt32LE() : 0;
}

function ones(mask: number): number {
  return mask
    .toString(2)
    .split('')
    .filter((bit) => bit === '1').length;
}

function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}
