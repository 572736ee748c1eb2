import type { HostRecord } from '../../../common/model/host.js';

/** Where a host is called from and says that others reach it, as far as that tells machines apart. */
export type AddressesOf = (host: HostRecord) => readonly string[];

/**
 * Hosts that may be one machine behind several agents, each with all of its group: they share a part of their machine, were it
 * only its system's id, or an address, or are linked by others that do. Suspicion costs no more than being asked together.
 */
export function siblingsAmong(
  hosts: readonly HostRecord[],
  addressesOf: AddressesOf,
): ReadonlyMap<string, readonly HostRecord[]> {
  const groups = new Map<string, HostRecord[]>();
  const firstBy = new Map<string, string>();
  for (const host of hosts) {
    groups.set(host.id, [host]);
    for (const mark of marksOf(host, addressesOf)) {
      const first = firstBy.get(mark);
      if (first === undefined) firstBy.set(mark, host.id);
      else join(groups, first, host.id);
    }
  }
  return groups;
}

function marksOf(host: HostRecord, addressesOf: AddressesOf): string[] {
  const parts = host.description.fingerprint ?? [];
  return [...parts.map(({ kind, hash }) => `${kind} ${hash}`), ...addressesOf(host).map((ip) => `address ${ip}`)];
}

/** The smaller group goes into the larger one, so that no host moves more often than their number has digits. */
function join(groups: Map<string, HostRecord[]>, a: string, b: string): void {
  const [one, other] = [groups.get(a) ?? [], groups.get(b) ?? []];
  if (one === other) return;
  const [into, from] = one.length < other.length ? [other, one] : [one, other];
  into.push(...from);
  for (const { id } of from) groups.set(id, into);
}
