import type { InstanceUsage } from '../../common/model/host.js';
import type { LiveBoard, UsageSample } from '../sessions/index.js';

interface Indexed {
  readonly seenMs: number;
  readonly bySerial: ReadonlyMap<number, InstanceUsage>;
}

/** The usage of an instance, and the time of its sample by the clock of its host. */
export interface InstanceSample {
  readonly usage: InstanceUsage;
  readonly atMs: number;
}

/** Finds the usage of instances in the newest samples of their hosts; costs nothing for hosts that nobody asks about. */
export class HostSamples {
  readonly #board: Pick<LiveBoard, 'usageOfHost'>;
  readonly #staleMs: number;
  readonly #indexes = new WeakMap<UsageSample, Indexed>();

  /** A sample counts for `staleMs` milliseconds after it was first looked at. */
  constructor(board: Pick<LiveBoard, 'usageOfHost'>, staleMs: number) {
    this.#board = board;
    this.#staleMs = staleMs;
  }

  /** The newest usage of an instance on a host; undefined when there is none, or it is too old. */
  find(hostId: string, serial: number, monotonicMs: number): InstanceSample | undefined {
    const sample = this.#board.usageOfHost(hostId);
    if (sample === undefined) return undefined;
    const { seenMs, bySerial } = this.#index(sample, monotonicMs);
    const usage = bySerial.get(serial);
    return usage === undefined || monotonicMs - seenMs > this.#staleMs ? undefined : { usage, atMs: sample.host.atMs };
  }

  #index(sample: UsageSample, monotonicMs: number): Indexed {
    const known = this.#indexes.get(sample);
    if (known !== undefined) return known;
    const bySerial = new Map(sample.instances.map((usage) => [usage.serial, usage]));
    const index = { seenMs: monotonicMs, bySerial };
    this.#indexes.set(sample, index);
    return index;
  }
}
