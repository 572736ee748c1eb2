import type { NamespaceAmounts, NamespaceQuota } from './namespace.js';
import { formatBytes, formatCpu } from './units.js';

/** How an amount of each limited resource is written, such as `2.5 CPU`. */
export const PRINT_AMOUNT: Readonly<Record<keyof NamespaceAmounts, (amount: number) => string>> = {
  cpuMillis: (amount) => `${formatCpu(amount)} CPU`,
  memoryBytes: (amount) => `${formatBytes(amount)} memory`,
  diskBytes: (amount) => `${formatBytes(amount)} disk`,
  gpus: (amount) => `${String(amount)} GPU`,
  instances: (amount) => `${String(amount)} ${amount === 1 ? 'instance' : 'instances'}`,
};

/** A quota in words, such as `at most 10 CPU, 4.0 GiB memory`. */
export function printQuota({ cpuMillis, memoryBytes, diskBytes, gpus, instances }: NamespaceQuota): string {
  const parts = [
    cpuMillis === undefined ? [] : PRINT_AMOUNT.cpuMillis(cpuMillis),
    memoryBytes === undefined ? [] : PRINT_AMOUNT.memoryBytes(memoryBytes),
    diskBytes === undefined ? [] : PRINT_AMOUNT.diskBytes(diskBytes),
    gpus === undefined ? [] : PRINT_AMOUNT.gpus(gpus),
    instances === undefined ? [] : PRINT_AMOUNT.instances(instances),
  ].flat();
  return parts.length === 0 ? 'no limits' : `at most ${parts.join(', ')}`;
}
