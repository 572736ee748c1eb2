import type { HostUsage, InstanceUsage } from '../../common/model/host.js';

/** How far a pull or build is. */
export interface Progress {
  readonly activity: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly text: string;
}

/** Usage of one host at one moment, with that of its instances. */
export interface UsageSample {
  readonly hostId: string;
  readonly host: HostUsage;
  readonly instances: readonly InstanceUsage[];
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

  usageOfHost(hostId: string): UsageSample | undefined {
    return this.#samples.get(hostId);
  }

  samples(): Iterable<UsageSample> {
    return this.#samples.values();
  }

  /** Undefined ends it. */
  setProgress(serial: number, progress: Progress | undefined): void {
    if (progress) this.#progress.set(serial, progress);
    else this.#progress.delete(serial);
  }

  progressOf(serial: number): Progress | undefined {
    return this.#progress.get(serial);
  }

  forgetHost(hostId: string): void {
    this.#samples.delete(hostId);
  }

  /** Calls the listener with each sample as it comes; the answer removes it. */
  onUsage(listener: (sample: UsageSample) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
