import type { Ledger } from '../ledger.js';
import type { WaitingGroup } from '../waiting-group.js';
import type { Tenancy } from './tenancy.js';

/** Counts an instance as stopping that was not, or the other way round. */
export function changeStanding(tenancy: Tenancy, ledger: Ledger, serial: number): void {
  const holding = ledger.get(serial);
  if (holding?.kind !== 'held') return;
  const { group, host, leaving } = holding;
  ledger.setLeaving(serial, !leaving);
  tenancy.add(leaving ? 'leaving' : 'evictable', group.demand, host, -1);
  tenancy.add(leaving ? 'evictable' : 'leaving', group.demand, host);
}

/** Counts what a group holds by another priority; gives the hosts where it may now make room for others. */
export function reprice(
  tenancy: Tenancy,
  ledger: Pick<Ledger, 'heldBy'>,
  group: WaitingGroup,
  priority: number,
): Set<number> {
  const lowered = new Set<number>();
  const { demand } = group;
  if (priority === demand.priority) return lowered;
  for (const { host, leaving } of ledger.heldBy(group)) {
    const standing = leaving ? 'leaving' : 'evictable';
    tenancy.add(standing, demand, host, -1);
    tenancy.add(standing, { ...demand, priority }, host);
    if (priority < demand.priority) lowered.add(host);
  }
  return lowered;
}
