import type { InstanceRows } from '../instances/instance-rows.js';
import type { CapacityIndex } from './capacity-index.js';
import type { Ledger } from './ledger.js';

/** What is counted. */
interface Counted {
  readonly ledger: Ledger;
  readonly index: CapacityIndex;
}

/** Whether a live row that is not stopping is counted as held just as it says; costs no record. */
export function isHeldAs({ like, serials, columns }: InstanceRows, row: number, { ledger, index }: Counted): boolean {
  const serial = serials[row] ?? 0;
  const host = ledger.stayingOn(serial);
  if (host === undefined || columns.hostId !== undefined || index.entry(host).id !== like.hostId) return false;
  const ports = columns.hostPorts?.[row] ?? like.hostPorts;
  const gpus = columns.gpuIds?.[row] ?? like.gpuIds;
  if (!ledger.hasGrant(serial)) return ports.length === 0 && gpus.length === 0;
  const { hostPorts, gpuIds } = ledger.grantOf(serial);
  return sameItems(ports, hostPorts) && sameItems(gpus, gpuIds);
}

/** Whether two lists hold the same in the same order. */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
