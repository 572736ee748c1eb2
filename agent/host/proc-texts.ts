/** CPU time since boot of the whole host, in clock ticks summed over all CPUs. */
export interface CpuTicks {
  readonly busy: number;
  readonly total: number;
  readonly cpus: number;
}

/**
 * Reads the text of `/proc/stat`; undefined when it is not that.
 * Time stolen by a hypervisor counts as busy: it cannot be used. Guest time is part of user time already.
 */
export function parseCpuTicks(text: string): CpuTicks | undefined {
  const fields = /^cpu +(.+)$/m.exec(text)?.[1]?.split(' ').map(Number);
  if (fields === undefined) return undefined;
  const sumOf = (columns: readonly number[]): number => columns.reduce((sum, column) => sum + (fields[column] ?? 0), 0);
  const busy = sumOf(BUSY_COLUMNS);
  return { busy, total: busy + sumOf(IDLE_COLUMNS), cpus: text.match(/^cpu\d+ /gm)?.length ?? 0 };
}

// user, nice, system, irq, softirq, steal; idle, iowait: https://docs.kernel.org/filesystems/proc.html section 1.7
const BUSY_COLUMNS = [0, 1, 2, 5, 6, 7];
const IDLE_COLUMNS = [3, 4];

/** Reads total and available bytes from the text of `/proc/meminfo`; undefined when they are not there. */
export function parseMemory(
  text: string,
): { readonly totalBytes: number; readonly availableBytes: number } | undefined {
  const totalKib = /^MemTotal: +(\d+) kB$/m.exec(text)?.[1];
  const availableKib = /^MemAvailable: +(\d+) kB$/m.exec(text)?.[1];
  if (totalKib === undefined || availableKib === undefined) return undefined;
  return { totalBytes: Number(totalKib) * 1024, availableBytes: Number(availableKib) * 1024 };
}

/** Reads the one-minute load from the text of `/proc/loadavg`; undefined when it is not that. */
export function parseLoad1(text: string): number | undefined {
  const load = /^(\d+\.\d+) /.exec(text)?.[1];
  return load === undefined ? undefined : Number(load);
}

/** Reads the soft limit on open files from the text of `/proc/<pid>/limits`; `Infinity` for unlimited. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const soft = /^Max open files +(\d+|unlimited) /m.exec(text)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}
