import { readFileSync, statfsSync } from 'node:fs';
import { HeadframeError } from '../../common/model/error.js';
import { sumNetDev } from './cgroup/counters.js';
import { isVirtualInterface } from './interfaces.js';
import { parseCpuTicks, parseLoad1, parseMemory } from './proc-texts.js';
import type { CpuTicks } from './proc-texts.js';

/** What a host uses at one moment. */
export interface HostUsageSample {
  /** The time that was passed in. */
  readonly atMs: number;
  /** 0–100 of the whole host, since the sample before; undefined at the first. */
  readonly cpuPercent: number | undefined;
  /** Thousandths of a CPU, since the sample before; undefined at the first. */
  readonly cpuMillicores: number | undefined;
  readonly memoryUsedBytes: number;
  readonly memoryAvailableBytes: number;
  /** Used on the file system that holds the data folder. */
  readonly diskUsedBytes: number;
  readonly load1: number;
  /** Since boot, over real interfaces; what containers exchange among themselves does not count. */
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
}

/** The texts one sample is made of. */
export interface UsageTexts {
  readonly stat: string;
  readonly meminfo: string;
  readonly loadavg: string;
  readonly netDev: string;
}

/**
 * Samples the use of this host, and holds the CPU times of the sample before.
 * Four reads of /proc and one statfs, 0.2 ms in all. systeminformation takes 0.6 s and starts some twenty shells for
 * the same figures, a few of them synchronously, so it is not asked here.
 */
export class HostUsageSampler {
  readonly #dataPath: string;
  #previous: CpuTicks | undefined;

  /** `dataPath` is a folder on the file system whose use counts. */
  constructor(dataPath: string) {
    this.#dataPath = dataPath;
  }

  /** Reads the use now, stamped `nowMs`; throws the system's error when `dataPath` or /proc cannot be read. */
  sample(nowMs: number): HostUsageSample {
    const texts = {
      stat: readFileSync('/proc/stat', 'latin1'),
      meminfo: readFileSync('/proc/meminfo', 'latin1'),
      loadavg: readFileSync('/proc/loadavg', 'latin1'),
      netDev: readFileSync('/proc/self/net/dev', 'latin1'),
    };
    const disk = statfsSync(this.#dataPath);
    const ticks = understood(parseCpuTicks(texts.stat), '/proc/stat');
    const sample = toSample(texts, { atMs: nowMs, ticks, before: this.#previous });
    this.#previous = ticks;
    return { ...sample, diskUsedBytes: (disk.blocks - disk.bfree) * disk.bsize };
  }
}

/** Turns the texts of one moment, and the CPU times of the one before, into a sample. */
export function toSample(
  texts: UsageTexts,
  cpu: { readonly atMs: number; readonly ticks: CpuTicks; readonly before: CpuTicks | undefined },
): Omit<HostUsageSample, 'diskUsedBytes'> {
  const memory = understood(parseMemory(texts.meminfo), '/proc/meminfo');
  const network = sumNetDev(texts.netDev, (name) => !isVirtualInterface(name));
  const share = cpu.before && busyShare(cpu.before, cpu.ticks);
  return {
    atMs: cpu.atMs,
    cpuPercent: share === undefined ? undefined : share * 100,
    cpuMillicores: share === undefined ? undefined : share * cpu.ticks.cpus * 1000,
    memoryUsedBytes: memory.totalBytes - memory.availableBytes,
    memoryAvailableBytes: memory.availableBytes,
    load1: understood(parseLoad1(texts.loadavg), '/proc/loadavg'),
    networkRxBytes: network.rxBytes,
    networkTxBytes: network.txBytes,
  };
}

function busyShare(before: CpuTicks, now: CpuTicks): number | undefined {
  const total = now.total - before.total;
  if (total <= 0) return undefined;
  // The kernel's idle times may step back a little, which would make busy exceed the total.
  return Math.min(1, Math.max(0, (now.busy - before.busy) / total));
}

function understood<T>(value: T | undefined, file: string): T {
  if (value !== undefined) return value;
  throw new HeadframeError({
    code: 'internal',
    reason: 'proc_not_understood',
    message: `${file} does not read as expected`,
    remedy: 'Run the agent on a Linux kernel with /proc mounted.',
  });
}
