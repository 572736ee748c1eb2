import { plus } from './samples.js';
import type { Sample } from './samples.js';

/** What several things used together, at the times at which any of them was read. */
export interface Sums {
  readonly times: readonly number[];
  readonly cpuSums: readonly number[];
  readonly memorySums: readonly number[];
  readonly receivedSums: readonly (number | undefined)[];
  readonly sentSums: readonly (number | undefined)[];
}

interface Sum {
  cpus: number;
  memoryBytes: number;
  received: number | undefined;
  sent: number | undefined;
}

/** Adds up samples that were taken at the same time, as those of one frame are. Pure. */
export function alignedSums(histories: readonly (readonly Sample[])[]): Sums {
  const byTime = new Map<number, Sum>();
  for (const history of histories)
    for (const { atMs, cpus, memoryBytes, receivedPerS, sentPerS } of history) {
      const sum = byTime.get(atMs) ?? { cpus: 0, memoryBytes: 0, received: undefined, sent: undefined };
      sum.cpus += cpus;
      sum.memoryBytes += memoryBytes;
      sum.received = plus(sum.received, receivedPerS);
      sum.sent = plus(sum.sent, sentPerS);
      byTime.set(atMs, sum);
    }
  const times = [...byTime.keys()].sort((a, b) => a - b);
  const sums = times.map((time) => byTime.get(time));
  return {
    times,
    cpuSums: sums.map((sum) => sum?.cpus ?? 0),
    memorySums: sums.map((sum) => sum?.memoryBytes ?? 0),
    receivedSums: sums.map((sum) => sum?.received),
    sentSums: sums.map((sum) => sum?.sent),
  };
}
