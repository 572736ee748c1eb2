import type { Progress, UsageReport } from '../../common/wire/agent.js';

/** Usage of one host at one moment, with that of its instances. */
export interface UsageSample extends UsageReport {
  readonly hostId: string;
}

/** The newest usage and progress of everything; in memory only, for it is old news after a restart. */
export class LiveBoard {
  readonly #samples = new Map<string, UsageSample>();
  readonly #progress = new Map<number, Progress>();
  readonly #listeners = new Set<(sample: UsageSample) => void>();

  /** Takes a host's newest sample and tells the listeners. */
  setUsage(sample: UsageSample): void {
    this.#samples.set(sample.hostId, sample);
    for (const listener of this.#listeners) listener(sample);
  }

  /** The newest sample of a host, if there was one. */
  usageOfHost(hostId: string): UsageSample | undefined {
    return this.#samples.get(hostId);
  }

  /** The newest sample of each host. */
  samples(): Iterable<UsageSample> {
    return this.#samples.values();
  }

  /** How far a pull or build of the instance is; undefined ends it. */
  setProgress(serial: number, progress: Progress | undefined): void {
    if (progress) this.#progress.set(serial, progress);
    else this.#progress.delete(serial);
  }

  /** Undefined while nothing is under way. */
  progressOf(serial: number): Progress | undefined {
    return this.#progress.get(serial);
  }

  /** Drops what is known of a host that is gone. */
  forgetHost(hostId: string): void {
    this.#samples.delete(hostId);
  }

  /** Calls the listener with each sample as it comes; the answer removes it. */
  onUsage(listener: (sample: UsageSample) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
