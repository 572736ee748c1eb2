import type { InstanceSample } from './host-samples.js';

interface Mark {
  readonly atMs: number;
  readonly cpuNanos: number;
  readonly millis: number;
}

/**
 * Mean CPU use of a miner's instances from one look to the next, by their counters: a look that falls on one short sample
 * of several would see its noise.
 */
export class CpuMeans {
  #marks = new Map<number, Mark>();
  #next = new Map<number, Mark>();

  /** Thousandths of a CPU since the look before; at the first look, those of the sample. */
  meanMillis(serial: number, { usage, atMs }: InstanceSample): number {
    const before = this.#marks.get(serial);
    const millis = before === undefined ? usage.cpuMillis : meanSince(before, usage.cpuNanos, atMs, usage.cpuMillis);
    this.#next.set(serial, { atMs, cpuNanos: usage.cpuNanos, millis });
    return millis;
  }

  /** Ends a look; instances that it did not ask about are forgotten. */
  endLook(): void {
    this.#marks = this.#next;
    this.#next = new Map();
  }
}

function meanSince(before: Mark, cpuNanos: number, atMs: number, sampled: number): number {
  if (atMs === before.atMs) return before.millis;
  // Counters begin anew with a restart, and clocks are set.
  if (atMs < before.atMs || cpuNanos < before.cpuNanos) return sampled;
  return (cpuNanos - before.cpuNanos) / (1000 * (atMs - before.atMs));
}
