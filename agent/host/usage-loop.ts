import type { MetricReading } from '../../common/model/autoscale.js';
import type { Clock } from '../../common/model/clock.js';
import type { HostUsage, InstanceUsage } from '../../common/model/host.js';
import type { Logger } from '../../common/observe/logger.js';
import { UsageSweep } from './cgroup/index.js';
import type { ContainerUsage } from './cgroup/index.js';
import { HostUsageSampler } from './usage.js';

/** Use of the host and of what it runs, at one moment. */
export interface UsageSample {
  readonly host: HostUsage;
  readonly instances: readonly InstanceUsage[];
}

/** The parts the loop works with. */
export interface UsageLoopParts {
  /** A folder on the file system whose use counts as the host's. */
  readonly dataPath: string;
  readonly onSample: (sample: UsageSample) => void;
  /** What was fetched from an instance, to go with its usage. */
  readonly readingsOf?: (serial: number) => readonly MetricReading[] | undefined;
  /** Default one that reads the cgroup files. */
  readonly sweep?: UsageSweep;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Samples the use of the host and of its running containers at a steady pace. */
export class UsageLoop {
  readonly #parts: UsageLoopParts;
  readonly #host: HostUsageSampler;
  readonly #sweep: UsageSweep;
  #latest: UsageSample | undefined;

  constructor(parts: UsageLoopParts) {
    this.#parts = parts;
    this.#sweep = parts.sweep ?? new UsageSweep();
    this.#host = new HostUsageSampler(parts.dataPath);
  }

  /** The newest sample, once there is one. */
  get latest(): UsageSample | undefined {
    return this.#latest;
  }

  /** Follows an instance's container as it starts and ends; `pid` 0 means that it does not run. */
  follow(serial: number, pid: number, options: { readonly network: boolean }): void {
    const key = String(serial);
    if (pid === 0) {
      this.#sweep.stop(key);
      return;
    }
    try {
      this.#sweep.start(key, pid, options);
    } catch (error) {
      this.#parts.logger.warn({ err: error, serial }, 'the metrics of an instance cannot be read');
    }
  }

  /** Samples every `periodMs()` milliseconds until the signal. */
  async run(periodMs: () => number, signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      this.#sample();
      await this.#parts.clock.sleep(periodMs(), signal).catch(() => undefined);
    }
    this.#sweep.close();
  }

  #withReadings(usage: InstanceUsage): InstanceUsage {
    const metrics = this.#parts.readingsOf?.(usage.serial);
    return metrics === undefined ? usage : { ...usage, metrics };
  }

  #sample(): void {
    try {
      const host = this.#host.sample(this.#parts.clock.nowMs());
      const { usages } = this.#sweep.sweep(this.#parts.clock.monotonicMs());
      this.#latest = {
        host: {
          atMs: host.atMs,
          cpuMillis: Math.round(host.cpuMillicores ?? 0),
          memoryBytes: host.memoryUsedBytes,
          diskBytes: host.diskUsedBytes,
          load1: host.load1,
          networkRxBytes: host.networkRxBytes,
          networkTxBytes: host.networkTxBytes,
        },
        instances: [...usages].map(([key, usage]) => this.#withReadings(toInstanceUsage(Number(key), usage))),
      };
      this.#parts.onSample(this.#latest);
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'the use of this host cannot be read');
    }
  }
}

/** What the host does not account for counts as zero on the wire. */
function toInstanceUsage(serial: number, usage: ContainerUsage): InstanceUsage {
  return {
    serial,
    cpuMillis: Math.round(usage.cpuMillicores ?? 0),
    memoryBytes: usage.memoryBytes ?? 0,
    pids: usage.pids ?? 0,
    cpuNanos: usage.cpuNanos,
    throttledNanos: usage.throttledNanos ?? 0,
    ioReadBytes: usage.ioReadBytes ?? 0,
    ioWriteBytes: usage.ioWriteBytes ?? 0,
    networkRxBytes: usage.netRxBytes ?? 0,
    networkTxBytes: usage.netTxBytes ?? 0,
    oomKills: usage.oomKills ?? 0,
  };
}
