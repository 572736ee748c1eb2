import { CgroupReader } from './reader.js';
import type { ContainerUsage } from './reader.js';
import { readCgroupMounts } from './process-cgroup.js';

/** The part of a reader the sweep needs. */
export interface UsageReader {
  sample(nowMs: number): ContainerUsage | 'gone';
  close(): void;
}

/** What one sweep over all containers found. */
export interface SweepResult {
  readonly usages: ReadonlyMap<string, ContainerUsage>;
  /** Instances whose cgroup is gone; no longer swept. */
  readonly gone: readonly string[];
  /** Instances whose files gave an unforeseen error; no longer swept. */
  readonly failed: readonly { readonly instanceId: string; readonly cause: unknown }[];
}

/** Opens a reader for the process `pid`. */
export type OpenReader = (pid: number, options: { readonly network: boolean }) => UsageReader | undefined;

interface Swept {
  readonly pid: number;
  readonly reader: UsageReader;
}

/**
 * The readers of all running containers, keyed by instance id.
 * A sweep is synchronous on purpose: kept descriptors cost 50 µs a container, promises thirty times that.
 */
export class UsageSweep {
  readonly #open: OpenReader;
  readonly #swept = new Map<string, Swept>();

  /** `open` is for tests; by default the cgroup files are read. */
  constructor(open: OpenReader = openCgroupReaders()) {
    this.#open = open;
  }

  /** How many containers are swept. */
  get size(): number {
    return this.#swept.size;
  }

  /**
   * Starts sweeping an instance whose main process is `pid`; the same pid again changes nothing, another one replaces it.
   * False when its files cannot be read. Throws the system's error when descriptors run out.
   */
  start(instanceId: string, pid: number, options: { readonly network: boolean }): boolean {
    if (this.#swept.get(instanceId)?.pid === pid) return true;
    this.stop(instanceId);
    const reader = this.#open(pid, options);
    if (reader === undefined) return false;
    this.#swept.set(instanceId, { pid, reader });
    return true;
  }

  /** Stops sweeping an instance; one that is not swept is left alone. */
  stop(instanceId: string): void {
    this.#swept.get(instanceId)?.reader.close();
    this.#swept.delete(instanceId);
  }

  /** Reads every container at the monotonic time `nowMs`, and lets go of those that are gone or fail. */
  sweep(nowMs: number): SweepResult {
    const usages = new Map<string, ContainerUsage>();
    const gone: string[] = [];
    const failed: { instanceId: string; cause: unknown }[] = [];
    for (const [instanceId, { reader }] of this.#swept) {
      try {
        const usage = reader.sample(nowMs);
        if (usage === 'gone') gone.push(instanceId);
        else usages.set(instanceId, usage);
      } catch (cause) {
        failed.push({ instanceId, cause });
      }
    }
    for (const instanceId of gone) this.stop(instanceId);
    for (const { instanceId } of failed) this.stop(instanceId);
    return { usages, gone, failed };
  }

  /** Gives all descriptors back. */
  close(): void {
    for (const instanceId of [...this.#swept.keys()]) this.stop(instanceId);
  }
}

function openCgroupReaders(): OpenReader {
  const mounts = readCgroupMounts();
  return (pid, { network }) => CgroupReader.open(pid, { network, mounts });
}
