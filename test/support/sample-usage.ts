import type { UsageSample } from '../../coordinator/sessions/index.js';

/** What a host and instances on it use. */
export function sampleUsage(hostId: string, serials: readonly number[]): UsageSample {
  const network = { networkRxBytes: 10, networkTxBytes: 20 };
  const host = { atMs: 1000, cpuMillis: 500, memoryBytes: 2 ** 30, diskBytes: 2 ** 31, load1: 0.5, ...network };
  const io = { ioReadBytes: 0, ioWriteBytes: 0, oomKills: 0, ...network };
  const cpu = { cpuMillis: 70, cpuNanos: 1e9, throttledNanos: 0 };
  return { hostId, host, instances: serials.map((serial) => ({ serial, memoryBytes: 1000, pids: 1, ...cpu, ...io })) };
}
