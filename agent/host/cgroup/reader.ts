import { errnoOf } from '../errno.js';
import { metricFiles, parseNetwork } from './counters.js';
import type { Counters, MetricFile } from './counters.js';
import { KeptFile } from './kept-file.js';
import { CONTROLLERS, locate } from './location.js';
import type { CgroupMembership, CgroupMount } from './location.js';
import { readCgroupMounts, readMembership } from './process-cgroup.js';

/** What one container uses; totals count since its start, and a value is undefined where the host does not account for it. */
export interface ContainerUsage {
  readonly cpuNanos: number;
  /** Thousandths of a CPU, averaged since the sample before; undefined at the first. */
  readonly cpuMillicores: number | undefined;
  readonly throttledNanos: number | undefined;
  /** Charged memory without the page cache that can be dropped at once, as `docker stats` shows it. */
  readonly memoryBytes: number | undefined;
  /** Undefined when unlimited. */
  readonly memoryLimitBytes: number | undefined;
  readonly oomKills: number | undefined;
  readonly pids: number | undefined;
  readonly ioReadBytes: number | undefined;
  readonly ioWriteBytes: number | undefined;
  readonly netRxBytes: number | undefined;
  readonly netTxBytes: number | undefined;
}

/** How to open a reader. */
export interface ReaderOptions {
  /** Read the network counters too; false for a container that shares the host's network. */
  readonly network: boolean;
  /** The cgroup trees of this process; read afresh by default, worth handing over when many readers are opened. */
  readonly mounts?: readonly CgroupMount[];
}

/** An open file and the function that understands it. */
export interface OpenMetric {
  readonly file: KeptFile;
  readonly parse: MetricFile['parse'];
}

interface CpuReading {
  readonly atMs: number;
  readonly cpuNanos: number;
}

/** Reads one container's usage from cgroup files whose descriptors stay open for the container's life (at most 8). */
export class CgroupReader {
  readonly #metrics: readonly OpenMetric[];
  #previous: CpuReading | undefined;
  #open = true;

  /** Takes over open files; `open` is the way to come by a reader. */
  constructor(metrics: readonly OpenMetric[]) {
    this.#metrics = metrics;
  }

  /**
   * Opens the files of the cgroup the process `pid` is in.
   * Undefined when there is no such process, it sits in no cgroup of its own, or CPU time cannot be read.
   * Throws the system's error when descriptors run out.
   */
  static open(pid: number, options: ReaderOptions): CgroupReader | undefined {
    const membership = readMembership(pid);
    if (membership === undefined) return undefined;
    const files = planFiles(membership, options.mounts ?? readCgroupMounts());
    if (options.network) files.push({ path: `/proc/${pid}/net/dev`, parse: parseNetwork });
    const reader = new CgroupReader(openAll(files));
    if (reader.#readsCpu()) return reader;
    reader.close();
    return undefined;
  }

  /** Reads everything; `nowMs` is monotonic. `gone` once the container has stopped. Throws on what the kernel should not say. */
  sample(nowMs: number): ContainerUsage | 'gone' {
    if (!this.#open) return 'gone';
    const counters = this.#readCounters();
    if (counters?.cpuNanos === undefined) return 'gone';
    const reading = { atMs: nowMs, cpuNanos: counters.cpuNanos };
    const usage = toUsage(counters, reading, this.#previous);
    this.#previous = reading;
    return usage;
  }

  /** Gives the descriptors back; may be called again. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { file } of this.#metrics) file.close();
  }

  #readsCpu(): boolean {
    return this.#readCounters()?.cpuNanos !== undefined;
  }

  #readCounters(): Counters | undefined {
    const counters: Counters = {};
    try {
      for (const { file, parse } of this.#metrics) parse(file.read(), counters);
      return counters;
    } catch (error) {
      if (GONE.has(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['ENODEV', 'ENOENT', 'ESRCH']);

/** The files to keep open for a process; none for one in a root cgroup, whose figures are the whole host's. */
export function planFiles(membership: CgroupMembership, mounts: readonly CgroupMount[]): MetricFile[] {
  return CONTROLLERS.flatMap((controller) => {
    const location = locate(membership, mounts, controller);
    if (location === undefined || isRoot(location)) return [];
    return metricFiles(location, controller);
  });
}

/** Turns two readings into what is reported. */
export function toUsage(counters: Counters, now: CpuReading, before: CpuReading | undefined): ContainerUsage {
  const { memoryUsageBytes, inactiveFileBytes = 0 } = counters;
  return {
    cpuNanos: now.cpuNanos,
    cpuMillicores: before === undefined ? undefined : millicoresBetween(before, now),
    throttledNanos: counters.throttledNanos,
    memoryBytes: memoryUsageBytes === undefined ? undefined : Math.max(0, memoryUsageBytes - inactiveFileBytes),
    memoryLimitBytes: counters.memoryLimitBytes,
    oomKills: counters.oomKills,
    pids: counters.pids,
    ioReadBytes: counters.ioReadBytes,
    ioWriteBytes: counters.ioWriteBytes,
    netRxBytes: counters.netRxBytes,
    netTxBytes: counters.netTxBytes,
  };
}

function millicoresBetween(before: CpuReading, now: CpuReading): number | undefined {
  const elapsedMs = now.atMs - before.atMs;
  // 1 ms of CPU a ms is 1000 millicores, and 1 ms is 1e6 ns.
  return elapsedMs > 0 ? Math.max(0, (now.cpuNanos - before.cpuNanos) / (elapsedMs * 1000)) : undefined;
}

function isRoot(location: { readonly dir: string; readonly mountPoint: string }): boolean {
  return location.dir.replace(/\/$/, '') === location.mountPoint.replace(/\/$/, '');
}

function openAll(files: readonly MetricFile[]): OpenMetric[] {
  const opened: OpenMetric[] = [];
  try {
    for (const { path, parse } of files) {
      const file = KeptFile.open(path);
      if (file !== undefined) opened.push({ file, parse });
    }
    return opened;
  } catch (error) {
    for (const { file } of opened) file.close();
    throw error;
  }
}
