import { posix } from 'node:path';
import type { BuildLimits } from '../../../images/index.js';

/** One value that bounds a control group. */
export interface Bound {
  readonly path: string;
  readonly value: string;
  /** Whether a kernel may lack it, as without accounting of swap. */
  readonly optional: boolean;
}

/** Of the kernel's CPU quota, in microseconds. */
const PERIOD_US = 100_000;

/**
 * What is written to bound a step, in that order: memory with swap, processors, processes. `folders` are those of its control
 * group by controller, '' for version 2. Undefined where a controller is missing. Pure.
 */
export function boundsOf(folders: Readonly<Record<string, string>>, limits: BuildLimits): Bound[] | undefined {
  const { memory, cpu, pids, '': unified } = folders;
  const memoryBytes = String(limits.memoryBytes);
  const quota = String(Math.round((limits.cpuMillis * PERIOD_US) / 1000));
  const period = String(PERIOD_US);
  if (memory !== undefined && cpu !== undefined && pids !== undefined)
    return [
      bound(memory, 'memory.limit_in_bytes', memoryBytes),
      { ...bound(memory, 'memory.memsw.limit_in_bytes', memoryBytes), optional: true },
      bound(cpu, 'cpu.cfs_period_us', period),
      bound(cpu, 'cpu.cfs_quota_us', quota),
      bound(pids, 'pids.max', String(limits.pids)),
    ];
  if (unified === undefined || memory !== undefined) return undefined;
  return [
    bound(unified, 'memory.max', memoryBytes),
    { ...bound(unified, 'memory.swap.max', '0'), optional: true },
    bound(unified, 'cpu.max', `${quota} ${period}`),
    bound(unified, 'pids.max', String(limits.pids)),
  ];
}

/** The file that tells how many processes there are; undefined where there is none. Pure. */
export function processCountFile(folders: Readonly<Record<string, string>>): string | undefined {
  const folder = folders['pids'] ?? folders[''];
  return folder === undefined ? undefined : posix.join(folder, 'pids.current');
}

function bound(folder: string, name: string, value: string): Bound {
  return { path: posix.join(folder, name), value, optional: false };
}
